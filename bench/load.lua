-- For wrk: one kind of request, `{id}` in its path another number each time; the result as one line of JSON.
-- Arguments: path, greatest id, method, body, then names and values of headers.

local path, greatest

function init(arguments)
  path, greatest = arguments[1], tonumber(arguments[2])
  wrk.method = arguments[3]
  if arguments[4] ~= "" then wrk.body = arguments[4] end
  for place = 5, #arguments, 2 do wrk.headers[arguments[place]] = arguments[place + 1] end
  math.randomseed(1873)
end

function request()
  local asked = path:gsub("{id}", function() return tostring(math.random(1, greatest)) end)
  return wrk.format(nil, asked)
end

function done(summary, latency, requests)
  local faults = summary.errors
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"refused":%d,"broken":%d,"p50":%.1f,"p90":%.1f,"p99":%.1f,"bytes":%d}\n',
    summary.requests, summary.duration, faults.status, faults.connect + faults.read + faults.write + faults.timeout,
    latency:percentile(50), latency:percentile(90), latency:percentile(99), summary.bytes))
end
