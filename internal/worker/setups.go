package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"retoma/flows"
	"retoma/internal/calendar"
	"retoma/internal/desk"
	"retoma/triggers"
)

// setups keeps each tenant's set-up, compiled, as long as its revision stands.
type setups struct {
	store    Store
	compiler Compiler
	log      *slog.Logger
	mutex    sync.Mutex
	byTenant map[string]*setup
	reading  map[string]*sync.Mutex
	pinned   sync.Map // flow id and version -> *flows.Flow
	kept     atomic.Int64
}

// setup is a tenant's set-up together with its compiled flows.
type setup struct {
	*desk.Setup
	// newest are the compiled newest versions, active or not.
	newest map[string]*flows.Flow
	// starting finds the active flows that an event may start, in order of making.
	starting *triggers.Index
	zone     *time.Location
	hours    *calendar.Hours
}

func newSetups(store Store, compiler Compiler, log *slog.Logger) *setups {
	return &setups{store: store, compiler: compiler, log: log, byTenant: map[string]*setup{}, reading: map[string]*sync.Mutex{}}
}

// at gives the set-up of a revision or newer.
func (s *setups) at(ctx context.Context, tenantID string, revision int64) (*setup, error) {
	s.mutex.Lock()
	known := s.byTenant[tenantID]
	reading := s.reading[tenantID]
	if reading == nil {
		reading = &sync.Mutex{}
		s.reading[tenantID] = reading
	}
	s.mutex.Unlock()
	if known != nil && known.Tenant.Revision >= revision {
		return known, nil
	}
	return s.read(ctx, tenantID, revision, reading)
}

// read reads a set-up anew, one reader at a time for each tenant: who waited finds what the one before read.
func (s *setups) read(ctx context.Context, tenantID string, revision int64, reading *sync.Mutex) (*setup, error) {
	reading.Lock()
	defer reading.Unlock()
	s.mutex.Lock()
	known := s.byTenant[tenantID]
	s.mutex.Unlock()
	if known != nil && known.Tenant.Revision >= revision {
		return known, nil
	}
	read, err := s.store.Setup(ctx, tenantID)
	if err != nil {
		return nil, fmt.Errorf("reading the tenant's set-up: %w", err)
	}
	fresh := s.compile(read)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if known = s.byTenant[tenantID]; known == nil || known.Tenant.Revision < fresh.Tenant.Revision {
		s.byTenant[tenantID] = fresh
	}
	return fresh, nil
}

func (s *setups) compile(read *desk.Setup) *setup {
	fresh := &setup{Setup: read, newest: map[string]*flows.Flow{}, zone: zoneOr(read.Tenant.Settings.WithDefaults().Timezone, time.UTC)}
	if raw := read.Tenant.Settings.SendingHours; len(raw) > 0 && string(raw) != "null" {
		hours := &calendar.Hours{}
		if err := json.Unmarshal(raw, hours); err != nil {
			s.log.Error("the tenant's sending hours cannot be read; sending at any hour", "tenant", read.Tenant.ID, "error", err)
		} else {
			fresh.hours = hours
		}
	}
	documents := make([]flows.Document, 0, len(read.Flows))
	for _, document := range read.Flows {
		documents = append(documents, document)
	}
	sort.Slice(documents, func(i, j int) bool { return documents[i].ID < documents[j].ID })
	var active []*flows.Flow
	for _, document := range documents {
		flow, err := s.compiler.Compile(document)
		if err != nil {
			s.log.Error("a published document does not compile", "tenant", document.TenantID, "document", document.ID, "error", err)
			continue
		}
		fresh.newest[document.ID] = flow
		if document.Active {
			active = append(active, flow)
		}
	}
	fresh.starting = triggers.NewIndex(active)
	return fresh
}

// zoneOr loads a zone; a name that cannot be loaded was refused when it was saved, so the fallback is only for old data.
func zoneOr(name string, fallback *time.Location) *time.Location {
	if name == "" {
		return fallback
	}
	zone, err := calendar.Zone(name)
	if err != nil {
		return fallback
	}
	return zone
}

// flowOf is the flow that a run walks: the newest version if it follows its author, else the one it began with.
// live is false when the document was deactivated or deleted.
func (s *setups) flowOf(ctx context.Context, at *setup, run flows.Run) (flow *flows.Flow, live bool, err error) {
	document, exists := at.Flows[run.FlowID]
	newest := at.newest[run.FlowID]
	live = exists && (document.Active || run.Only)
	if newest != nil && (newest.Definition().FollowAuthor || run.Version == newest.Version) {
		return newest, live, nil
	}
	flow, err = s.version(ctx, run)
	return flow, live, err
}

// pinnedLimit bounds the older versions that are kept; beyond it they are read anew.
const pinnedLimit = 1000

type flowVersion struct {
	id      string
	version int
}

func (s *setups) version(ctx context.Context, run flows.Run) (*flows.Flow, error) {
	name := flowVersion{run.FlowID, run.Version}
	if known, yes := s.pinned.Load(name); yes {
		return known.(*flows.Flow), nil
	}
	document, err := s.store.DocumentVersion(ctx, run.TenantID, run.FlowID, run.Version)
	if err != nil {
		return nil, fmt.Errorf("reading version %d of flow %s: %w", run.Version, run.FlowID, err)
	}
	flow, err := s.compiler.Compile(document)
	if err != nil {
		return nil, fmt.Errorf("compiling version %d of flow %s: %w", run.Version, run.FlowID, err)
	}
	if s.kept.Add(1) > pinnedLimit {
		s.pinned.Clear()
		s.kept.Store(1)
	}
	s.pinned.Store(name, flow)
	return flow, nil
}
