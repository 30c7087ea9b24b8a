# From samples and targets to medians and verdicts, and from those to a table. For scripts/bench.

def median:
  sort | if length == 0 then null elif length % 2 == 1 then .[length / 2 | floor]
  else (.[length / 2 - 1] + .[length / 2]) / 2 end;

# Objects of the same keys, in the order in which those first came up.
def in_groups(key): reduce .[] as $it ([]; ($it | key) as $key
  | (map(.[0] | key) | index([$key])) as $at
  | if $at == null then . + [[$it]] else .[$at] += [$it] end);

# Of each variant the median of every number.
def medians: in_groups([.part, .variant]) | map(
  . as $samples
  | ($samples[0] | keys_unsorted - ["part", "round", "variant"]) as $measures
  | $samples[0] | {part, variant} + ($measures | map({(.): (. as $name | $samples | map(.[$name]) | median)}) | add));

def is_within($target): if $target.sense == "at_least" then . >= $target.bound else . <= $target.bound end;

# The target, with the ratio of each round, their median, and whether that is good enough. Where there is nothing to compare
# with, the measure itself, which must be good enough in every round.
def judged($samples): . as $target
  | ($samples | map(select(.part == $target.part))) as $samples
  | [$samples | map(.round) | unique[] as $round
      | ($samples | map(select(.round == $round))) as $round
      | ($round[] | select(.variant == $target.of)[$target.measure])
        / if $target.to then $round[] | select(.variant == $target.to)[$target.measure] else 1 end
    ] as $ratios
  | ($ratios | median) as $median
  | . + {$ratios, $median,
      met: (if .to then $median | is_within($target) else $ratios | all(is_within($target)) end)};

def results($samples; $targets):
  {targets: ($targets | map(judged($samples))), medians: ($samples | medians), $samples};

# ---- the table -------------------------------------------------------------------------------------------------

def left($width): tostring | . + (" " * ($width - length) // "");
def right($width): tostring | (" " * ($width - length) // "") + .;

# With so many digits behind the point, also zeros.
def fixed($digits):
  pow(10; $digits) as $unit
  | (. * $unit | round) as $n
  | "\($n / $unit | floor)" + if $digits == 0 then "" else "." + ("\($n % $unit)" | ("0" * ($digits - length) // "") + .) end;

def table_of_pages:
  map(select(.rps)) | select(. != [])
  | "\("" | left(24))\("requests/s" | right(12))\("p50 ms" | right(10))\("p99 ms" | right(10))",
  (in_groups(.part)[] | .[0].part, (.[]
    | "  \(.variant | left(22))\(.rps | fixed(0) | right(12))\(.p50_us / 1000 | fixed(2) | right(10))\(.p99_us / 1000 | fixed(2) | right(10))")),
  "";

def table_of_events:
  map(select(.n_subscribers)) | select(. != [])
  | "\("" | left(24))\("messages/s" | right(12))\("p50 ms" | right(10))\("p99 ms" | right(10))\("max ms" | right(10))\("messages" | right(10))\("missing" | right(9))\("bytes each: idle" | right(18))\("after" | right(8))",
  (in_groups(.part)[] | .[0].part, (.[]
    | "  \(.variant | left(22))\(.messages_per_second | fixed(0) | right(12))\(.p50_us / 1000 | fixed(2) | right(10))\(.p99_us / 1000 | fixed(2) | right(10))\(.max_us / 1000 | fixed(2) | right(10))\(.n_messages | right(10))\(.n_missing | right(9))\(.idle_bytes | fixed(0) | right(18))\(.idle_bytes_after | fixed(0) | right(8))")),
  "";

def told_target($connections):
  (if .to then {rps: "requests/s", p99_us: "p99 at \($connections) connections"} else {
    p99_us: "µs from BEGIN to receipt, p99",
    idle_bytes: "bytes for each idle subscriber",
    n_missing: "messages missing",
    n_texts_of_an_event: "encodings of an event"
  } end)[.measure] // .measure;

def table_of_targets:
  .settings.connections as $connections
  | "\("target" | left(72))\("median" | right(8))           rounds",
  (.targets[]
    | (if .to then " × \(.to)" else "" end) as $compared
    | (if .to then 3 else 0 end) as $digits
    | "\(.part): \(told_target($connections)), \(.of) \(if .sense == "at_least" then "≥" else "≤" end) \(.bound)\($compared)" as $text
    | "\($text | left(72))\(.median | fixed($digits) | right(8))  \(if .met then "met" else "MISSED" end | left(7))  \(.ratios | map(fixed($digits)) | join("  "))");

def table:
  (.medians | table_of_pages, table_of_events), table_of_targets,
  (.notes[] | "note: \(.)"),
  (.skipped[] | "skipped: \(.)");
