package entrance

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"

	"retoma/gateway/briefs"
	"retoma/gateway/people"
	"retoma/gateway/web"
	"retoma/internal/chat"
	"retoma/internal/typebot"
)

type commandsIn struct {
	Body struct {
		people.Who
		ChannelID string           `json:"channelId,omitempty" doc:"canal da conversa, para os comandos que outras plataformas executam"`
		Text      string           `json:"text,omitempty" doc:"o texto de um balão"`
		Messages  []typebotMessage `json:"messages,omitempty" maxItems:"200" doc:"os balões como o Typebot os deu"`
		CommandTurn
	}
}

// CommandTurn is what names a turn of a bridge, and what it knows of the contact.
type CommandTurn struct {
	EventID    string   `json:"eventId,omitempty" maxLength:"200" doc:"o mesmo eventId não é executado duas vezes"`
	SessionID  string   `json:"sessionId,omitempty" maxLength:"200" doc:"sessão do Typebot: com turn, faz as vezes do eventId"`
	Turn       turnName `json:"turn,omitempty" doc:"número da rodada na sessão"`
	TextAround *bool    `json:"textAround,omitempty" doc:"executa comandos em balões que também têm texto para o cliente; sem isto vale a configuração"`
	Heard      []string `json:"heard,omitempty" maxItems:"200" doc:"o que o contato escreveu por último, do mais antigo ao mais novo: nada disso vale como comando"`
}

// name is under what the commands of the turn are known; empty if the caller gives no name.
func (t CommandTurn) name() string {
	switch {
	case t.EventID != "":
		return t.EventID
	case t.SessionID != "" && t.Turn != "":
		return externalID("turn", t.SessionID, string(t.Turn))
	}
	return ""
}

// typebotMessage is a bubble of Typebot's chat API; what else it holds is not read.
type typebotMessage struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type,omitempty"`
	Content json.RawMessage `json:"content,omitempty"`
	_       struct{}        `additionalProperties:"true"`
}

type commandsOut struct {
	// Recognised are the usable commands in one normal form.
	Recognised []string         `json:"recognised"`
	Done       []commandDone    `json:"done"`
	Refused    []commandRefused `json:"refused"`
	// Text is what is left for the customer.
	Text string `json:"text"`
	// Steps are what to send and what was done, in the order of the flow.
	Steps []commandStep `json:"steps" doc:"o que enviar e o que foi feito, na ordem do fluxo"`
	// Reply answers the flow's next input, when a ping asked for it.
	Reply string `json:"reply,omitempty" doc:"responda isto à próxima pergunta do fluxo (ping)"`
}

type commandDone struct {
	Source string `json:"source"`
	Status string `json:"status" enum:"enrolled,removed,changed,stopped,forwarded,pong,wait,nothing" doc:"changed: etiqueta, status, estágio, campo ou recusa do contato; stopped: as respostas automáticas pararam; forwarded: publicado como command.unknown para a plataforma"`
	// FollowUp is the model that was entered.
	FollowUp *briefs.DocumentBrief `json:"followup,omitempty"`
	Keys     []string              `json:"keys,omitempty" doc:"as chaves que mudaram o contato, ou que foram passadas adiante"`
	Seconds  float64               `json:"seconds,omitempty" doc:"quanto esperar antes do que segue"`
}

type commandRefused struct {
	Source string       `json:"source"`
	Reason string       `json:"reason"`
	Hint   typebot.Hint `json:"hint" doc:"o tipo do erro, como invalid_json, empty_variable, injected"`
	Bubble int          `json:"bubble" doc:"posição do balão, a partir de 0"`
	// BubbleID is the id of the block in the flow.
	BubbleID string `json:"bubbleId,omitempty"`
}

// commandStep is one thing in the order of the flow: a text or a message to send, or something that was done or refused.
type commandStep struct {
	Type     string          `json:"type" enum:"text,message,done,refused" doc:"text: envie este texto; message: envie este balão como veio (imagem, vídeo ...)"`
	Bubble   int             `json:"bubble"`
	BubbleID string          `json:"bubbleId,omitempty"`
	Text     string          `json:"text,omitempty"`
	Done     *commandDone    `json:"done,omitempty"`
	Refused  *commandRefused `json:"refused,omitempty"`
}

// typebotCommands reads bubbles for those who run their own bridge, and carries out what is ours.
func (h *Handlers) typebotCommands(ctx context.Context, in *commandsIn) (*web.Answer[commandsOut], error) {
	bubbles, err := bubblesOf(in.Body.Text, in.Body.Messages)
	if err != nil {
		return nil, err
	}
	tenantID := web.TenantOf(ctx)
	var channel chat.Channel
	if in.Body.ChannelID != "" {
		if channel, err = h.OwnChannel(ctx, tenantID, "channelId", in.Body.ChannelID); err != nil {
			return nil, err
		}
	}
	return h.carryOut(ctx, commandRequest{tenantID: tenantID, who: in.Body.Who, channel: channel, bubbles: bubbles, turn: in.Body.CommandTurn})
}

// externalID makes the name under which a fact is known, so that it is not taken for new when it comes again. Tenants
// never share names.
func externalID(kind string, parts ...string) string {
	sum := sha256.New()
	for _, part := range parts {
		sum.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	return kind + ":" + hex.EncodeToString(sum.Sum(nil))
}

func decodedVars(raw map[string]json.RawMessage) map[string]any {
	if raw == nil {
		return nil
	}
	values := make(map[string]any, len(raw))
	for name, value := range raw {
		var decoded any
		if json.Unmarshal(value, &decoded) == nil {
			values[name] = decoded
		}
	}
	return values
}
