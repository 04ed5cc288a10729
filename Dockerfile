# Two stages: the build needs a Swift toolchain and the headers of the image libraries, the image only the libraries.
FROM swift:6.2-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
        libjpeg-dev libpng-dev libwebp-dev libssl-dev zlib1g-dev libcurl4-openssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.swift Package.resolved* ./
COPY Sources Sources
COPY Tests Tests
RUN swift build -c release --product multibox --static-swift-stdlib \
    && install -D -m 0755 "$(swift build -c release --static-swift-stdlib --show-bin-path)/multibox" /out/multibox \
    && strip /out/multibox

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
        libjpeg62-turbo libpng16-16 libwebp7 libssl3 libcurl4 ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --no-create-home --uid 10001 multibox \
    && install -d -o multibox -g nogroup /var/cache/multibox
COPY --from=build /out/multibox /usr/local/bin/multibox
USER 10001:10001
# A volume on /var/cache/multibox keeps what `multibox models pull` fetches.
ENV MULTIBOX_HOST=0.0.0.0 MULTIBOX_PORT=8080 XDG_CACHE_HOME=/var/cache
EXPOSE 8080
# It finds the service by the environment. Who moves it by a flag of serve gives --health-cmd "multibox healthcheck URL".
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["multibox", "healthcheck"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["multibox"]
CMD ["serve"]
