//! The schema file is what the program prints, and every element of the schema says what it is.
//!
//! After a deliberate change: `cargo run -- schema print > schema.graphql`.

use serde_json::Value;

use crate::support::TestApi;

#[test]
fn the_schema_file_is_up_to_date() {
    let file =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql")).unwrap_or_default();
    assert!(
        file == inhouse::graphql::sdl(),
        "schema.graphql differs from the schema: run `cargo run -- schema print > schema.graphql` and look at the diff"
    );
}

#[tokio::test]
async fn every_element_of_the_schema_is_described() {
    let api = TestApi::start().await;
    let introspection = "{ __schema { types { name description kind
        fields(includeDeprecated: true) { name description args { name description } }
        inputFields { name description }
        enumValues(includeDeprecated: true) { name description } } } }";
    let data = api.data(introspection).await;
    let mut undescribed = Vec::new();
    let types = data["__schema"]["types"].as_array().unwrap();
    // Types whose name starts so are the specification's own.
    for ty in types.iter().filter(|it| !it["name"].as_str().unwrap().starts_with("__")) {
        let name = ty["name"].as_str().unwrap();
        note(&mut undescribed, name, ty);
        for list in ["fields", "inputFields", "enumValues"] {
            for member in ty[list].as_array().into_iter().flatten() {
                let path = format!("{name}.{}", member["name"].as_str().unwrap());
                note(&mut undescribed, &path, member);
                for arg in member["args"].as_array().into_iter().flatten() {
                    note(&mut undescribed, &format!("{path}({})", arg["name"].as_str().unwrap()), arg);
                }
            }
        }
    }
    assert!(undescribed.is_empty(), "without a description: {undescribed:#?}");
}

fn note(undescribed: &mut Vec<String>, path: &str, element: &Value) {
    if element["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
        undescribed.push(path.to_owned());
    }
}
