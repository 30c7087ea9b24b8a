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

# The target, with the ratio of each round, their median, and whether that is good enough.
def judged($samples): . as $target
  | ($samples | map(select(.part == $target.part))) as $samples
  | [$samples | map(.round) | unique[] as $round
      | ($samples | map(select(.round == $round))) as $round
      | ($round[] | select(.variant == $target.of)[$target.measure]) / ($round[] | select(.variant == $target.to)[$target.measure])
    ] as $ratios
  | ($ratios | median) as $median
  | . + {$ratios, $median, met: (if .sense == "at_least" then $median >= .bound else $median <= .bound end)};

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

def table_of_medians:
  "\("" | left(24))\("requests/s" | right(12))\("p50 ms" | right(10))\("p99 ms" | right(10))",
  (.medians | in_groups(.part)[] | .[0].part, (.[]
    | "  \(.variant | left(22))\(.rps | fixed(0) | right(12))\(.p50_us / 1000 | fixed(2) | right(10))\(.p99_us / 1000 | fixed(2) | right(10))"));

def told_target($connections):
  {rps: "requests/s", p99_us: "p99 at \($connections) connections"}[.measure] // .measure;

def table_of_targets:
  .settings.connections as $connections
  | "\("target" | left(66))\("median" | right(8))           rounds",
  (.targets[]
    | "\(.part): \(told_target($connections)), \(.of) \(if .sense == "at_least" then "≥" else "≤" end) \(.bound) × \(.to)" as $text
    | "\($text | left(66))\(.median | fixed(3) | right(8))  \(if .met then "met" else "MISSED" end | left(7))  \(.ratios | map(fixed(3)) | join("  "))");

def table:
  table_of_medians, "", table_of_targets,
  (.notes[] | "note: \(.)"),
  (.skipped[] | "skipped: \(.)");
