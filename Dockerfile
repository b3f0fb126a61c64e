# retoma: one static binary in an image that holds nothing else.
#
#   docker build -t retoma .
#   docker run --rm -p 8080:8080 -v retoma:/data retoma
#
# Without further settings that is the whole product in development mode, on a SQLite file under /data. Every setting is
# an environment variable: `docker run --rm retoma serve --help` lists them. docker-compose.yml is the layout for more.

FROM golang:1.26-bookworm AS build
WORKDIR /source
# Dependencies change less often than the code: they get a layer of their own.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags='-s -w' -o /image/retoma ./cmd/retoma \
    # What a Linux program expects to find: roots of trust, a place for temporary files, somewhere to write.
    && mkdir -p /image/etc/ssl/certs /image/tmp /image/data/media \
    && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
    && chmod 1777 /image/tmp \
    && chown -R 65532:65532 /image/data

FROM scratch
COPY --from=build /image /
# The container's own network is what keeps strangers out; inside it, everything listens.
ENV RETOMA_ADDR=0.0.0.0:8080 \
    RETOMA_DATABASE_URL=sqlite:///data/retoma.db
USER 65532:65532
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=3 \
    CMD ["/retoma", "healthcheck", "--url", "http://127.0.0.1:8080/readyz"]
ENTRYPOINT ["/retoma"]
CMD ["serve"]
