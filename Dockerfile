# One image for each binary: docker build --build-arg SERVICE=gateway .
FROM rust:1.95-slim-trixie AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/src/target,sharing=locked \
    --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    cargo build --release --locked --workspace --bins \
 && mkdir -p /out \
 && for binary in switchboard gateway phonebook image-resize notifier; do cp "target/release/$binary" /out/; done \
 && mkdir -p /data

FROM gcr.io/distroless/cc-debian13:nonroot
ARG SERVICE=switchboard
LABEL org.opencontainers.image.title="switchboard-${SERVICE}" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /out/${SERVICE} /usr/local/bin/service
COPY --from=build --chown=65532:65532 /data /data
ENV SWITCHBOARD__DATA_DIR=/data \
    SWITCHBOARD__ADMIN__LISTEN=0.0.0.0:9000 \
    SWITCHBOARD__GATEWAY__LISTEN=0.0.0.0:8080
USER 65532
VOLUME /data
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=5 CMD ["/usr/local/bin/service", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/service"]
CMD ["serve"]
