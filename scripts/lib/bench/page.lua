-- Posts the JSON of a file over and over, and tells what was measured as one line of JSON. For wrk, which
-- scripts/bench calls; the file is the argument after the URL.

function init(args)
  local file = assert(io.open(args[1], "rb"))
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.body = file:read("*a")
  file:close()
end

-- wrk counts times in microseconds, and as errors what did not arrive and every status from 400.
function done(summary, latency)
  local errors = summary.errors
  local seconds = summary.duration / 1e6
  print(string.format(
    'measured: {"n_requests": %d, "n_errors": %d, "seconds": %.3f, "rps": %.2f, "p50_us": %d, "p99_us": %d, "max_us": %d}',
    summary.requests,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    seconds,
    summary.requests / seconds,
    latency:percentile(50),
    latency:percentile(99),
    latency.max
  ))
end
