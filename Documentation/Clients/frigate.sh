#!/bin/sh
# A second look at what Frigate's camera shows now, with a model of yours:
#
#     URL=http://localhost:8080 FRIGATE=http://frigate.local:5000 sh frigate.sh front-door
#
# prints what is found as JSON. Needs curl.
URL=${URL:-http://localhost:8080}
: "${FRIGATE:?say where Frigate is}" "${1:?name a camera of Frigate}"

curl --silent --show-error --fail --max-time 20 "$FRIGATE/api/$1/latest.jpg" |
    curl --silent --show-error --fail-with-body --max-time 20 --data-binary @- "$URL/detect"
