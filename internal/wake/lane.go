package wake

import "container/list"

// rank says how soon a waiting contact is taken.
type rank int

// The ranks, from the most patient to the most urgent. The lowest two share the lane of sends, the highest has its own:
// somebody waits for an answer there, and ten thousand due follow-ups must not be in front of it.
const (
	rankDue    rank = iota // it came due or was found by the scan
	rankSend               // a send was asked for by a caller
	rankAnswer             // a person said something
)

// dueTurn lets every so many-th pick of a tenant be a due one while fresh ones keep coming.
const dueTurn = 4

// lane is one pool of workers and the contacts that wait for it, tenant by tenant. The dispatcher's mutex guards it.
type lane struct {
	size int // how many works at once
	// share is how many of them one tenant may hold while another waits; reserve is how many are kept for tenants
	// that hold few, so that a newcomer needs not wait for a long work to end.
	share, reserve int
	busy           int
	tenants        map[string]*tenantQueue
	turns          list.List // of *tenantQueue with something waiting; whose turn it is stands in front
}

// tenantQueue is what one tenant has waiting and running in a lane.
type tenantQueue struct {
	id      string
	running int
	fresh   list.List // of *entry
	due     list.List // of *entry
	picks   int
	turn    *list.Element
}

func newLane(size int, share float64) *lane {
	return &lane{size: size, share: max(1, int(share*float64(size))), reserve: size / 8, tenants: map[string]*tenantQueue{}}
}

// push lets an entry wait behind its tenant's others of the same kind.
func (l *lane) push(e *entry) {
	tenant := l.tenants[e.ref.TenantID]
	if tenant == nil {
		tenant = &tenantQueue{id: e.ref.TenantID}
		l.tenants[tenant.id] = tenant
	}
	if e.rank == rankDue {
		e.place = tenant.due.PushBack(e)
	} else {
		e.place = tenant.fresh.PushBack(e)
	}
	if tenant.turn == nil {
		tenant.turn = l.turns.PushBack(tenant)
	}
}

// waiting is how many of a tenant's wait.
func (l *lane) waiting(tenantID string) int {
	if tenant := l.tenants[tenantID]; tenant != nil {
		return tenant.fresh.Len() + tenant.due.Len()
	}
	return 0
}

// remove takes a waiting entry out of its queue.
func (l *lane) remove(e *entry) {
	tenant := l.tenants[e.ref.TenantID]
	if e.rank == rankDue {
		tenant.due.Remove(e.place)
	} else {
		tenant.fresh.Remove(e.place)
	}
	e.place = nil
	l.settle(tenant)
}

// settle forgets a tenant that has nothing left here.
func (l *lane) settle(tenant *tenantQueue) {
	if tenant.fresh.Len()+tenant.due.Len() > 0 {
		return
	}
	if tenant.turn != nil {
		l.turns.Remove(tenant.turn)
		tenant.turn = nil
	}
	if tenant.running == 0 {
		delete(l.tenants, tenant.id)
	}
}

// next takes the entry whose turn it is and counts it as running; nil if no one may run now.
func (l *lane) next() *entry {
	if l.busy >= l.size {
		return nil
	}
	tenant := l.choose()
	if tenant == nil {
		return nil
	}
	e := tenant.pick()
	l.busy++
	tenant.running++
	l.turns.MoveToBack(tenant.turn)
	l.settle(tenant)
	return e
}

// choose finds the tenant in front that is below its share; if all that wait have theirs, the one in front.
// Only a handful of tenants can be above a limit, so the walk is short.
func (l *lane) choose() *tenantQueue {
	var first *tenantQueue
	for element := l.turns.Front(); element != nil; element = element.Next() {
		tenant := element.Value.(*tenantQueue)
		if l.size-l.busy <= l.reserve && tenant.running >= l.reserve {
			continue
		}
		if tenant.running < l.share {
			return tenant
		}
		if first == nil {
			first = tenant
		}
	}
	return first
}

// done counts an entry as no longer running.
func (l *lane) done(e *entry) {
	l.busy--
	tenant := l.tenants[e.ref.TenantID]
	tenant.running--
	l.settle(tenant)
}

// pick takes the tenant's next entry: fresh ones first, but every so often a due one.
func (t *tenantQueue) pick() *entry {
	t.picks++
	from := &t.fresh
	if t.fresh.Len() == 0 || (t.due.Len() > 0 && t.picks%dueTurn == 0) {
		from = &t.due
	}
	e := from.Remove(from.Front()).(*entry)
	e.place = nil
	return e
}
