package goals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"retoma/internal/processes"
)

// approved is what the provider knows of the one template: people who never wrote get it, as their window is closed.
const approved = `{"data":[{"id":"7701","name":"retomada","language":"pt_BR","status":"APPROVED","category":"UTILITY","parameter_format":"POSITIONAL",
"components":[{"type":"BODY","text":"Olá, podemos continuar? {{1}} é o seu pedido."}]}]}`

// ordered is the template's variable, by which the load generator knows the send.
const ordered = "pedido 1"

// model makes a model of one message and gives its id. Its wait begins at the enrolment, or at the moment that the enrolment names.
func (r *running) model(ctx context.Context, minutes int) (string, error) {
	if err := r.syncTemplates(ctx); err != nil {
		return "", err
	}
	var made struct {
		ID   string `json:"id"`
		Data struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	err := r.api.Insist(ctx, http.MethodPost, "/api/followup-models", "", map[string]any{
		"name": fmt.Sprintf("Medido %d", minutes), "channelId": r.channel, "startTime": nil, "messages": []map[string]any{
			{"offset": minutes, "template": map[string]any{"name": "retomada", "variables": []string{ordered}}},
		},
	}, &made)
	return made.ID + made.Data.ID, err
}

// syncTemplates plays the provider for as long as it takes to read its templates.
func (r *running) syncTemplates(ctx context.Context) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", processes.Local(r.sinkPort))
	if err != nil {
		return err
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(approved))
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	err = r.api.Insist(ctx, http.MethodPost, "/api/channels/"+r.channel+"/templates/sync", "", map[string]any{}, nil)
	err = errors.Join(err, server.Close())
	if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}

// enrolment is the body by which the load generator enrols its sender, to be sent to at the due time, as a Typebot flow's command does.
func (r *running) enrolment(model string) (file string, err error) {
	command, err := json.Marshal(map[string]string{"followup": model, "startAt": "{{due_iso}}"})
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(map[string]string{"number": "+{{from}}", "channelId": r.channel, "eventId": "{{id}}", "text": "#" + string(command)})
	if err != nil {
		return "", err
	}
	file = filepath.Join(r.folder, "enrolment.json")
	return file, os.WriteFile(file, body, 0o600)
}

// enrol are the load generator's flags for sends that are due through a model.
func (r *running) enrol(ctx context.Context) (target string, flags []string, err error) {
	model, err := r.model(ctx, 0)
	if err != nil {
		return "", nil, err
	}
	file, err := r.enrolment(model)
	return r.api.Base() + "/typebot/commands", []string{"-payload", file, "-H", "Authorization: Bearer " + adminKey, "-H", "Content-Type: application/json",
		"-sink-text", "template.components.0.parameters.0.text", "-expect-text", ordered}, err
}
