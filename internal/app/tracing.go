package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"retoma/internal/trace"
)

// tracing sends spans away in the background; nil where nobody wants them.
type tracing struct {
	tracer   *trace.Tracer
	provider *sdk.TracerProvider
}

// tracesPath is where OTLP over HTTP takes traces, below the address of all signals.
const tracesPath = "/v1/traces"

// startTracing reads what OpenTelemetry's own variables say. Without an endpoint nothing is traced, and nothing stored of a
// trace. OTEL_TRACES_SAMPLER, OTEL_BSP_..., OTEL_EXPORTER_OTLP_HEADERS and their like are read by the library.
func startTracing(ctx context.Context, c Config, log *slog.Logger) (*tracing, error) {
	special := os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
	if c.TraceEndpoint == "" && !special || os.Getenv("OTEL_SDK_DISABLED") == "true" || os.Getenv("OTEL_TRACES_EXPORTER") == "none" {
		return &tracing{}, nil
	}
	var options []otlptracehttp.Option
	if !special {
		parsed, err := url.Parse(c.TraceEndpoint)
		if err != nil || parsed.Host == "" {
			return nil, errors.New("OTEL_EXPORTER_OTLP_ENDPOINT: write an address such as http://127.0.0.1:4318")
		}
		options = append(options, otlptracehttp.WithEndpointURL(strings.TrimSuffix(c.TraceEndpoint, "/")+tracesPath))
	}
	exporter, err := otlptracehttp.New(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("traces cannot be sent (OTEL_EXPORTER_OTLP_ENDPOINT): %w", err)
	}
	// The library tells its troubles to one handler for the whole process.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces could not be sent", "error", err) }))
	named := resource.NewSchemaless(attribute.String("service.name", serviceName()), attribute.String("service.version", version()), attribute.String("retoma.role", c.Role))
	described, err := resource.Merge(resource.Environment(), named)
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(described))
	return &tracing{tracer: trace.New(provider), provider: provider}, nil
}

func serviceName() string {
	if name := os.Getenv("OTEL_SERVICE_NAME"); name != "" {
		return name
	}
	return "retoma"
}

// tracePatience is how long a process that stops waits for those who take its traces.
const tracePatience = 3 * time.Second

// stop sends what is left. A receiver that is away costs its traces, not the stop.
func (t *tracing) stop(ctx context.Context, log *slog.Logger) {
	if t == nil || t.provider == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, tracePatience)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		log.Warn("the last traces could not be sent", "error", err)
	}
}
