-- For wrk: one kind of request, `{id}` in its path another number each time and `{query}` the next line of a file;
-- the result as one line of JSON.
-- Arguments: path, greatest id, file of queries or nothing, method, body, then names and values of headers.

local path, greatest
local queries, asked_before = {}, 0

function init(arguments)
  path, greatest = arguments[1], tonumber(arguments[2])
  if arguments[3] ~= "" then
    for line in io.lines(arguments[3]) do queries[#queries + 1] = line end
  end
  wrk.method = arguments[4]
  if arguments[5] ~= "" then wrk.body = arguments[5] end
  for place = 6, #arguments, 2 do wrk.headers[arguments[place]] = arguments[place + 1] end
  math.randomseed(1873)
end

local function next_query()
  asked_before = asked_before + 1
  return queries[(asked_before - 1) % #queries + 1]
end

function request()
  local asked = path:gsub("{id}", function() return tostring(math.random(1, greatest)) end)
  asked = asked:gsub("{query}", next_query)
  return wrk.format(nil, asked)
end

function done(summary, latency, requests)
  local faults = summary.errors
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"refused":%d,"broken":%d,"p50":%.1f,"p90":%.1f,"p95":%.1f,"p99":%.1f,"bytes":%d}\n',
    summary.requests, summary.duration, faults.status, faults.connect + faults.read + faults.write + faults.timeout,
    latency:percentile(50), latency:percentile(90), latency:percentile(95), latency:percentile(99), summary.bytes))
end
