package office

import (
	"retoma/gateway/web"
	"retoma/internal/chat"
)

// retentionView are the days that hold, defaults included.
type retentionView struct {
	Webhooks      int `json:"webhooks" doc:"o que chegou do provedor, como veio; nunca mais que messages"`
	Messages      int `json:"messages" doc:"o que as mensagens dizem; que existiram, e quando, fica"`
	Logs          int `json:"logs" doc:"registros de decisões e variáveis dos fluxos que terminaram"`
	Files         int `json:"files" doc:"arquivos que clientes enviaram"`
	Memory        int `json:"memory" doc:"o que assistentes lembram de clientes de outras plataformas"`
	Deliveries    int `json:"deliveries" doc:"o que foi contado a assinaturas; 0: o prazo da instalação, que é o máximo"`
	Notifications int `json:"notifications" doc:"o que foi contado à equipe"`
}

// retentionBody is what callers may set of it; what is not named stays.
type retentionBody struct {
	Webhooks      web.Resettable[int] `json:"webhooks,omitzero" minimum:"0" maximum:"3650"`
	Messages      web.Resettable[int] `json:"messages,omitzero" minimum:"0" maximum:"3650"`
	Logs          web.Resettable[int] `json:"logs,omitzero" minimum:"0" maximum:"3650"`
	Files         web.Resettable[int] `json:"files,omitzero" minimum:"0" maximum:"3650"`
	Memory        web.Resettable[int] `json:"memory,omitzero" minimum:"0" maximum:"3650"`
	Deliveries    web.Resettable[int] `json:"deliveries,omitzero" minimum:"0" maximum:"30"`
	Notifications web.Resettable[int] `json:"notifications,omitzero" minimum:"0" maximum:"3650"`
}

func (b retentionBody) apply(r *chat.Retention) {
	for _, one := range []struct {
		given web.Resettable[int]
		into  **int
	}{
		{b.Webhooks, &r.Webhooks}, {b.Messages, &r.Messages}, {b.Logs, &r.Logs}, {b.Files, &r.Files}, {b.Memory, &r.Memory},
		{b.Deliveries, &r.Deliveries}, {b.Notifications, &r.Notifications},
	} {
		if one.given.Given {
			*one.into = one.given.Value
		}
	}
}
