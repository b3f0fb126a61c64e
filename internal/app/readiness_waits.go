package app

import (
	"context"
	"fmt"
	"sync"
	"time"

	"retoma/internal/desk"
	"retoma/internal/health"
)

// oldest is what has waited longest, as SQL says it.
type oldest = desk.Oldest

// whatWorkersDo is the remedy wherever work waits that nobody does.
const whatWorkersDo = "veja se há processos worker no ar com o mesmo banco e o mesmo Redis, e os erros no log deles (docs/operating.md, Nothing is sent)"

func lookAtInbox(o oldest, now time.Time) health.Finding {
	if waited, long := past(o.OldestMail, now, lagLimit); long {
		return health.Finding{State: health.Degraded, Problem: fmt.Sprintf("uma mensagem recebida espera há %s para ser lida", waited), Remedy: whatWorkersDo}
	}
	return health.Well()
}

// lookAtLateness looks at runs only: a send may be due for long because it waits for its channel's pace.
func lookAtLateness(o oldest, now time.Time) health.Finding {
	if waited, long := past(o.OldestRun, now, lateLimit); long {
		return health.Finding{State: health.Degraded, Problem: fmt.Sprintf("um follow-up ou prazo venceu há %s e ninguém o atendeu", waited), Remedy: whatWorkersDo}
	}
	return health.Well()
}

// lookAtCanary says nothing before the first canary has rung: an installation that has just begun is well.
func lookAtCanary(o oldest, now time.Time) health.Finding {
	if waited, long := past(o.Canary.Due, now, canaryLimit); long {
		return health.Finding{State: health.Degraded, Problem: fmt.Sprintf("o relógio de teste venceu há %s e nenhum worker o atendeu", waited), Remedy: whatWorkersDo}
	}
	if o.Canary.Late > canaryLate {
		return health.Finding{State: health.Degraded, Problem: fmt.Sprintf("o último relógio de teste foi atendido com %s de atraso", o.Canary.Late.Truncate(time.Millisecond)),
			Remedy: "veja a carga dos workers e do banco, e se o Redis responde"}
	}
	return health.Well()
}

// oldestOnce asks SQL once for all who ask within a moment.
type oldestOnce struct {
	ask   func(ctx context.Context) (oldest, error)
	now   func() time.Time
	mutex sync.Mutex
	last  oldest
	err   error
	at    time.Time
}

func (o *oldestOnce) get(ctx context.Context) (oldest, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	now := o.now()
	if !o.at.IsZero() && now.Sub(o.at) < reportKept/2 {
		return o.last, o.err
	}
	o.last, o.err = o.ask(ctx)
	o.at = now
	return o.last, o.err
}
