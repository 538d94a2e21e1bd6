-- Asks for the page of another filled project with each request; PROJECTS in the environment says how many there are.
local projects = tonumber(os.getenv("PROJECTS"))

function init(args)
    math.randomseed(1)
end

function request()
    local path = string.format("/main/simple/filled-%07d/", math.random(0, projects - 1))
    return wrk.format("GET", path, { ["Accept"] = "application/vnd.pypi.simple.v1+json", ["Accept-Encoding"] = "identity" })
end
