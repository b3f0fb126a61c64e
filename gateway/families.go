package gateway

import (
	"context"

	"retoma/gateway/assistants"
	"retoma/gateway/authoring"
	"retoma/gateway/channels"
	"retoma/gateway/conversations"
	"retoma/gateway/entrance"
	"retoma/gateway/followups"
	"retoma/gateway/office"
	"retoma/gateway/outgoing"
	"retoma/gateway/people"
	"retoma/gateway/web"
)

// families are the endpoints by what they are about. They do not know one another; what they share is handed to them.
type families struct {
	entrance      *entrance.Handlers
	authoring     *authoring.Handlers
	followups     *followups.Handlers
	conversations *conversations.Handlers
	channels      *channels.Handlers
	assistants    *assistants.Handlers
	office        *office.Handlers
}

// families makes them; writing ends when assistants are to stop answering.
func (o Options) families(writing context.Context, server *web.Server, listening *people.Listening) families {
	register := &people.Register{
		Store: o.Store, Waker: o.Waker, Providers: o.Providers, OnFiles: o.FilesArrived, Now: o.Now, NewID: o.NewID,
		Backlog: people.NewBacklog(o.Store, o.BacklogLimit, o.Logger),
	}
	outbox := &outgoing.Outbox{Register: register, Store: o.Store, Horizon: o.Horizon}
	hearing := &people.Hearing{Store: o.Store}
	author := &authoring.Handlers{Outbox: outbox, Store: o.Store, Catalog: o.Catalog}
	return families{
		entrance: &entrance.Handlers{
			Register: register, Store: o.Store, Logger: o.Logger, Hearing: hearing, Listening: listening,
			PublicURL: o.PublicURL, PlanWait: o.PlanWait, Counter: o.Webhooks,
		},
		authoring:     author,
		followups:     &followups.Handlers{Register: register, Store: o.Store, Catalog: o.Catalog, Horizon: o.Horizon, Paced: o.Paced},
		conversations: &conversations.Handlers{Outbox: outbox, Store: o.Store, Files: o.Files, Repeats: server.Repeats, Paced: o.Paced},
		channels: &channels.Handlers{
			Outbox: outbox, Store: o.Store, Logger: o.Logger, Hearing: hearing, PublicURL: o.PublicURL, CheckWait: o.CheckWait,
		},
		assistants: &assistants.Handlers{
			Store: o.Store, Assistants: o.Assistants, Configs: author, Writing: writing, Now: o.Now, NewID: o.NewID,
		},
		office: &office.Handlers{
			Register: register, Store: o.Store, CheckNotify: o.CheckNotify, CheckSubscription: o.CheckSubscription, DefaultTimezone: o.DefaultTimezone,
			Examine: o.Examine,
		},
	}
}
