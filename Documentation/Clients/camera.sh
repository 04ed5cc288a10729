#!/bin/sh
# Looks at a camera again and again, and says when what it sees changes:
#
#     URL=http://localhost:8080 CAMERA=rtsp://camera.local/stream EVERY=2 CLASSES=person,dog sh camera.sh
#
# CAMERA is whatever ffmpeg reads: an address (rtsp://, http://), /dev/video0, a file. CLASSES may be empty: all. COUNT ends
# it after so many looks. Needs ffmpeg, curl and jq.
URL=${URL:-http://localhost:8080}
EVERY=${EVERY:-2}
QUERY=threshold=${THRESHOLD:-0.5}${CLASSES:+&classes=$CLASSES}
: "${CAMERA:?say which camera to look at}"

before=
count=0
while [ -z "$COUNT" ] || [ "$count" -lt "$COUNT" ]; do
    count=$((count + 1))
    now=$(
        ffmpeg -nostdin -loglevel error -i "$CAMERA" -frames:v 1 -q:v 3 -f mjpeg - |
            curl --silent --show-error --fail-with-body --max-time 20 --data-binary @- "$URL/detect?$QUERY" |
            jq -r 'if .detections then [.detections[].class] | group_by(.) | map("\(length) \(.[0])") | join(", ")
                   else .detail end'
    )
    if [ "$now" != "$before" ]; then
        echo "$(date +%H:%M:%S) ${now:-nothing}"
        before=$now
    fi
    sleep "$EVERY"
done
