package app

import (
	"context"
	"time"

	"retoma/internal/health"
)

const (
	// reportKept makes a balancer's polling cost nothing.
	reportKept = 1500 * time.Millisecond
	// reportPatience bounds a look at everything.
	reportPatience = 4 * time.Second
	// rarely is how often is looked at what hardly changes: where files are kept, and the key of the secrets.
	rarely = time.Minute

	// The limits from which waiting is no longer usual: a busy minute reaches none of them.
	lagLimit    = 30 * time.Second
	lateLimit   = time.Minute
	canaryLimit = 3 * canaryEvery
	// canaryLate is how late the canary may be where all is well; without Redis it is up to two seconds.
	canaryLate = 10 * time.Second
)

// newBoard looks at everything that a process needs. Only what makes requests fail is ill: without the database no webhook
// can be kept, and without the key of the secrets none can be verified. Everything else is degraded. While Redis is away
// webhooks are taken and sends go out, up to two seconds late; while workers lag, taking the gateways away would add lost
// webhooks to late messages; and a place for files that does not work stops nothing but files. All gateways of an
// installation share these, so a balancer that turned away from one would turn away from all.
func (p *Parts) newBoard(now func() time.Time) *health.Board {
	return health.New(health.Options{
		Kept: reportKept, Patience: reportPatience, Now: now, Seen: p.Metrics.Part,
		Checks: []health.Check{
			{Name: "database", Look: p.lookAtDatabase},
			{Name: "redis", Look: p.lookAtRedis},
			{Name: "inbox", Look: p.lookAtOldest(now, lookAtInbox)},
			{Name: "lateness", Look: p.lookAtOldest(now, lookAtLateness)},
			{Name: "canary", Look: p.lookAtOldest(now, lookAtCanary)},
			{Name: "files", Look: health.Rarely(rarely, now, p.lookAtFiles)},
			{Name: "secrets", Look: health.Rarely(rarely, now, p.lookAtSecrets)},
		},
	})
}

func (p *Parts) lookAtDatabase(ctx context.Context) health.Finding {
	if err := p.Store.Ready(ctx); err != nil {
		return health.Finding{State: health.Ill, Problem: "o banco de dados não responde", Err: err,
			Remedy: "veja se ele está no ar, se RETOMA_DATABASE_URL aponta para ele e se ainda aceita conexões"}
	}
	return health.Well()
}

func (p *Parts) lookAtRedis(ctx context.Context) health.Finding {
	if err := p.Wake.Ready(ctx); err != nil {
		return health.Finding{State: health.Degraded, Problem: "o Redis não responde: webhooks são guardados e envios saem, com até 2 segundos de atraso e um quarto do ritmo", Err: err,
			Remedy: "veja se ele está no ar e se RETOMA_REDIS_URL aponta para ele; nada se perde enquanto isso"}
	}
	return health.Well()
}

func (p *Parts) lookAtFiles(ctx context.Context) health.Finding {
	if err := p.Files.shelf.Blobs.Check(ctx); err != nil {
		return health.Finding{State: health.Degraded, Problem: "o lugar dos arquivos não funciona: textos seguem, arquivos esperam", Err: err,
			Remedy: "veja RETOMA_MEDIA_URL, as permissões e o espaço do lugar; o log do início diz o erro"}
	}
	return health.Well()
}

func (p *Parts) lookAtSecrets(ctx context.Context) health.Finding {
	if err := p.Store.SecretsReadable(ctx); err != nil {
		return health.Finding{State: health.Ill, Problem: "as credenciais guardadas não podem ser lidas", Err: err,
			Remedy: "dê a RETOMA_SECRET_KEY com que elas foram guardadas e reinicie"}
	}
	return health.Well()
}

// compared is a look at the times that SQL gave.
type compared func(oldest oldest, now time.Time) health.Finding

// lookAtOldest compares times of SQL with the clock. The board asks its checks together, and so SQL once for all of them.
func (p *Parts) lookAtOldest(now func() time.Time, compare compared) func(context.Context) health.Finding {
	return func(ctx context.Context) health.Finding {
		found, err := p.oldest.get(ctx)
		if err != nil {
			// The database's own check says that it is ill; here nothing is known.
			return health.Finding{State: health.Degraded, Problem: "não se sabe: o banco de dados não responde", Remedy: "veja a parte database", Err: err}
		}
		return compare(found, now())
	}
}

// past tells for how long an instant has been over, if it is more than a limit.
func past(at, now time.Time, limit time.Duration) (time.Duration, bool) {
	if at.IsZero() || now.Sub(at) <= limit {
		return 0, false
	}
	return now.Sub(at).Truncate(time.Second), true
}
