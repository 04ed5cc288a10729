-- Load for wrk: the photos of a folder in turn.
--     PHOTOS=coco-val/images wrk -t1 -c32 -d110s -s Tests/Benchmarks/photos.lua http://127.0.0.1:8080/detect
local folder = os.getenv("PHOTOS") or "."
local photos = {}
for name in io.popen('ls "' .. folder .. '" | head -50'):lines() do
    local file = io.open(folder .. "/" .. name, "rb")
    photos[#photos + 1] = file:read("*a")
    file:close()
end

local turn = 0
request = function()
    turn = turn % #photos + 1
    return wrk.format("POST", "/detect", nil, photos[turn])
end
