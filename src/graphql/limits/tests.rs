//! What each limit refuses and with which code, and that refusing does not walk what is refused.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::{lexer, variables};
use super::*;

const INTROSPECTION: &str = include_str!("../testdata/introspection.graphql");

/// What happens to a document before validation, without a schema.
fn checked_with(query: &str, variables: &Value) -> Result<(), Refusal> {
    let limits = DocumentLimits::default();
    lexer::scan(query, &limits).map_err(|error| refuse_unscanned(error, &limits))?;
    let document = async_graphql::parser::parse_query(query).map_err(|error| Refusal::unparsable(&error))?;
    let (_, operation) = document.operations.iter().next().unwrap();
    let variables = variables.as_object().unwrap();
    limits.check(&document, &operation.node, variables)?;
    variables::check(&operation.node, variables)
}

/// Longer than a busy machine takes; whoever walks each expansion of a bomb takes longer than anybody waits.
const FOR_EVER: Duration = Duration::from_secs(20);

/// The code of the refusal, `None` if there is none; fails if it walked every expansion.
fn code_with(query: &str, variables: &Value) -> Option<ErrorCode> {
    let started = Instant::now();
    let refusal = checked_with(query, variables).err();
    assert!(started.elapsed() < FOR_EVER, "took {:?}", started.elapsed());
    refusal.map(|refusal| refusal.code().unwrap())
}

fn code(query: &str) -> Option<ErrorCode> {
    code_with(query, &json!({}))
}

/// `open` so many times, then `middle`, then `close` as often.
fn nest(times: usize, open: &str, middle: &str, close: &str) -> String {
    format!("{}{middle}{}", open.repeat(times), close.repeat(times))
}

/// Fragments that each spread the next twice: the expansion doubles with each.
fn bomb(fragments: usize) -> String {
    let mut text = String::from("{ ...F0 }");
    for n in 0..fragments {
        let next = n + 1;
        write!(text, " fragment F{n} on Query {{ ...F{next} ...F{next} }}").unwrap();
    }
    write!(text, " fragment F{fragments} on Query {{ hello }}").unwrap();
    text
}

#[test]
fn five_thousand_aliases_are_too_complex() {
    let aliases: String = (0..5_000).map(|n| format!("a{n}:hello ")).collect();
    assert_eq!(code(&format!("{{ {aliases} }}")), Some(ErrorCode::QueryTooComplex));
    let aliases: String = (0..101).map(|n| format!("a{n}:hello ")).collect();
    assert_eq!(code(&format!("{{ me {{ {aliases} }} }}")), Some(ErrorCode::QueryTooComplex));
}

#[test]
fn aliases_inside_a_fragment_count_with_each_spread() {
    let fragment = "fragment F on Query { a: hello b: hello c: hello }";
    let spreads: String = (0..34).map(|_| "me { ...F } ").collect();
    assert_eq!(code(&format!("{{ me {{ {spreads} }} }} {fragment}")), Some(ErrorCode::QueryTooComplex));
}

#[test]
fn fifteen_levels_pass_and_twenty_are_too_deep() {
    assert_eq!(code(&nest(14, "{ me ", "{ hello }", "}")), None);
    assert_eq!(code(&nest(15, "{ me ", "{ hello }", "}")), Some(ErrorCode::QueryTooDeep));
    assert_eq!(code(&nest(20, "{ me ", "{ hello }", "}")), Some(ErrorCode::QueryTooDeep));
}

#[test]
fn depth_hidden_in_fragments_is_found() {
    let levels = |next: &str| format!("{{ me {{ me {{ me {{ me {{ me {{ {next} }} }} }} }} }} }}");
    let text = format!(
        "{} fragment A on Query {} fragment B on Query {}",
        levels("...A"),
        levels("...B"),
        levels("me { hello }")
    );
    assert_eq!(code(&text), Some(ErrorCode::QueryTooDeep));
}

#[test]
fn a_fragment_bomb_is_too_complex() {
    for fragments in [12, 25] {
        assert_eq!(code(&bomb(fragments)), Some(ErrorCode::QueryTooComplex), "{fragments}");
    }
    assert_eq!(code(&bomb(200)), Some(ErrorCode::QueryTooDeep));
}

#[test]
fn a_fragment_bomb_that_no_operation_uses_is_too_complex() {
    let unused = bomb(25).replace("{ ...F0 }", "{ hello }");
    assert_eq!(code(&unused), Some(ErrorCode::QueryTooComplex));
}

#[test]
fn a_fragment_bomb_in_an_operation_that_is_not_run_is_too_complex() {
    let text = bomb(25).replace("{ ...F0 }", "query A { hello } query B { ...F0 }");
    assert_eq!(code(&text), Some(ErrorCode::QueryTooComplex));
}

#[test]
fn fragments_that_lead_to_themselves_are_invalid() {
    let last_to_first = bomb(25).replace("{ hello }", "{ ...F0 }");
    for text in ["{ ...A } fragment A on Query { ...A }", last_to_first.as_str()] {
        assert_eq!(code(text), Some(ErrorCode::GraphqlValidationFailed), "{text}");
    }
    let unused = "{ hello } fragment A on Query { me { ...B } } fragment B on Query { ...A }";
    assert_eq!(code(unused), Some(ErrorCode::GraphqlValidationFailed));
}

#[test]
fn an_unknown_fragment_is_left_to_validation() {
    assert_eq!(code("{ ...Nowhere }"), None);
}

#[test]
fn brackets_that_would_overflow_the_parser_are_too_deep() {
    for text in [
        "{".repeat(4_000),
        "{a".repeat(2_000),
        "{...".repeat(2_000),
        format!("{{a(b:{}", "[".repeat(4_000)),
        format!("{{a(b:{}", "{c:".repeat(1_500)),
        format!("query($a:{}", "[".repeat(4_000)),
        format!("query($a:Int={}", "[".repeat(4_000)),
    ] {
        assert_eq!(code(&text), Some(ErrorCode::QueryTooDeep), "{}", text.get(..20).unwrap());
    }
}

#[test]
fn the_parser_survives_as_many_brackets_as_are_let_through() {
    // On a thread with the stack of a runtime's worker.
    let texts = [
        nest(48, "{a", "", "}"),
        nest(31, "{...", "{a}", "}"),
        format!("{{a(b:{})}}", nest(46, "[", "1", "]")),
        format!("{{a(b:{})}}", nest(46, "{c:", "1", "}")),
        format!("query($a:{}=1){{a}}", nest(47, "[", "Int", "]")),
    ];
    for text in texts {
        let thread = std::thread::Builder::new().stack_size(2 << 20);
        thread.spawn(move || code(&text)).unwrap().join().unwrap();
    }
}

#[test]
fn huge_lists_are_too_complex_as_literals_and_as_variables() {
    let literal = format!("{{ sum(of:[{}]) }}", "1,".repeat(6_000));
    assert_eq!(code(&literal), Some(ErrorCode::QueryTooComplex));
    let of = vec![1; 6_000];
    let query = "query($of:[Int!]){ sum(of:$of) }";
    assert_eq!(code_with(query, &json!({ "of": of })), Some(ErrorCode::QueryTooComplex));
    assert_eq!(code_with(query, &json!({ "of": vec![1; 600] })), None);
}

#[test]
fn a_variable_counts_with_each_use() {
    let query = format!("query($of:[Int!]){{ {} }}", "me { sum(of:$of) } ".repeat(20));
    assert_eq!(code_with(&query, &json!({ "of": vec![1; 600] })), Some(ErrorCode::QueryTooComplex));
    let query = format!("query($of:[Int!]=[{}]){{ {} }}", "1,".repeat(600), "me { sum(of:$of) } ".repeat(20));
    assert_eq!(code(&query), Some(ErrorCode::QueryTooComplex));
}

#[test]
fn many_directives_are_too_complex() {
    let fields = "me { hello @skip(if: false) @include(if: true) } ".repeat(51);
    assert_eq!(code(&format!("{{ me {{ {fields} }} }}")), Some(ErrorCode::QueryTooComplex));
}

#[test]
fn many_root_fields_are_too_complex_also_through_a_fragment() {
    let fields = "hello ".repeat(31);
    assert_eq!(code(&format!("{{ {fields} }}")), Some(ErrorCode::QueryTooComplex));
    let text = format!("{{ ...A }} fragment A on Query {{ ...{{ {fields} }} }}");
    assert_eq!(code(&text), Some(ErrorCode::QueryTooComplex));
}

#[test]
fn pages_inside_pages_multiply() {
    assert_eq!(code("{ items(first: 100) { nodes { items(first: 100) { nodes { hello } } } } }"), None);
    let three = "{ items(first: 30) { nodes { items(last: 30) { nodes { items(first: 30) { nodes { hello } } } } } } }";
    assert_eq!(code(three), Some(ErrorCode::QueryTooComplex));
}

#[test]
fn a_page_that_states_no_length_has_the_default_one_even_if_a_fragment_hides_its_nodes() {
    for page in [
        "items { ...P nodes { X } }",
        "items { ... { nodes { X } } }",
        "items { ... { edges { node { X } } } }",
    ] {
        let text = page.replace('X', &page.replace('X', &page.replace('X', "items { nodes { hello } }")));
        let text = format!("{{ {text} }} fragment P on Items {{ nodes {{ hello }} }}");
        assert_eq!(code(&text), Some(ErrorCode::QueryTooComplex), "{text}");
    }
    assert_eq!(code("{ items { nodes { items { nodes { hello } } } } }"), None);
}

#[test]
fn the_length_of_a_page_may_come_from_a_variable_or_its_default() {
    let body =
        "items(first: $n) { nodes { items(first: $n) { nodes { items(first: $n) { nodes { hello } } } } } }";
    let query = format!("query($n: Int = 40) {{ {body} }}");
    assert_eq!(code(&query), Some(ErrorCode::QueryTooComplex));
    assert_eq!(code_with(&query, &json!({ "n": 3 })), None);
    assert_eq!(code_with(&query, &json!({ "n": 1_000_000_000_000_u64 })), Some(ErrorCode::QueryTooComplex));
}

#[test]
fn a_page_longer_than_allowed_is_left_to_its_resolver() {
    assert_eq!(code("{ items(first: 100000) { nodes { hello me { hello } } } }"), None);
    assert_eq!(code("{ items(first: -5) { nodes { hello } } }"), None);
}

#[test]
fn the_full_introspection_query_passes() {
    assert_eq!(code(INTROSPECTION), None);
}

#[test]
fn introspection_that_multiplies_is_too_complex() {
    let lists = nest(4, "fields { type { ", "name", "} }");
    assert_eq!(code(&format!("{{ __schema {{ types {{ {lists} }} }} }}")), Some(ErrorCode::QueryTooComplex));
    let schema = INTROSPECTION.replace("__schema {", "a: __schema { types { ...FullType } } b: __schema {");
    let schema = schema.replacen("a: __schema", "c: __schema { types { ...FullType } } a: __schema", 1);
    assert_eq!(code(&schema), Some(ErrorCode::QueryTooComplex));
}

#[test]
fn a_rich_tournament_page_passes() {
    let user = "id pk name mmr steamId avatarUrl positions";
    let text = format!(
        "query Page($id: ID!) {{ tournament(id: $id) {{ id name state startsAt timezone
           league {{ name organizations {{ nodes {{ id name logoUrl }} }} }}
           players(first: 100) {{ totalCount edges {{ cursor node {{ ...U mmrOverride }} }} }}
           teams {{ id name captain {{ ...U }} members {{ ...U }} dropins {{ ...U }} left {{ ...U }} }}
           games(first: 100) {{ nodes {{ id round position status radiant {{ id name }} dire {{ id name }}
             winner {{ id members {{ ...U }} }} next {{ game {{ id radiant {{ captain {{ ...U }} }} }} slot }} }} }}
           draft {{ id state rounds {{ number team {{ id captain {{ ...U }} }} pick {{ ...U }}
             tieRolls {{ attempts {{ team {{ id captain {{ user {{ ...U }} }} }} value }} }} }}
             availablePlayers(first: 100) {{ nodes {{ ...U projection {{ team {{ id }} total }} }} }} }}
           winner {{ id name }} viewerCan {{ update manageDraft reportGames }} }} }}
         fragment U on User {{ {user} }}"
    );
    assert_eq!(code_with(&text, &json!({ "id": "Tournament:1" })), None);
}
