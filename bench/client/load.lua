-- For wrk. Arguments: "close" to open a connection for each request, "post" to post 32 bytes. Prints the result as JSON.
function init(args)
  for _, arg in ipairs(args) do
    if arg == "close" then
      wrk.headers["Connection"] = "close"
    elseif arg == "post" then
      wrk.method = "POST"
      wrk.body = "0123456789abcdef0123456789abcdef"
      wrk.headers["Content-Type"] = "application/octet-stream"
    end
  end
end

function done(summary)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  print(string.format('{"succeeded": %d, "failed": %d, "seconds": %f}',
    summary.requests - errors.status, errors.status + broken, summary.duration / 1e6))
end
