package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"retoma/internal/play"
)

type typebot struct {
	Lint typebotLint `cmd:"" help:"Look at the commands of an exported Typebot flow before customers do."`
}

type typebotLint struct {
	Export     string `arg:"" help:"The flow as Typebot exports it (JSON)." type:"existingfile"`
	Models     string `help:"The follow-up models that exist: the answer of GET /api/followup-models, or a list of ids and names (JSON)." type:"existingfile"`
	Server     string `help:"Ask a running retoma for the models." placeholder:"URL"`
	Key        string `help:"API key for --server." env:"RETOMA_API_KEY"`
	TextAround bool   `help:"Commands may stand in bubbles with text."`
	Secret     string `help:"The secret that every command has to carry." env:"RETOMA_TYPEBOT_SECRET"`
}

func (l typebotLint) Run(ctx context.Context, to streams) (err error) {
	file, err := os.Open(l.Export)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	models, err := l.models(ctx)
	if err != nil {
		return err
	}
	return play.LintTypebot(file, models, play.TypebotRules{TextAround: l.TextAround, Secret: l.Secret}, to.out)
}

// models is the list to check ids against, from a file or a running retoma; nil if neither was named.
func (l typebotLint) models(ctx context.Context) (io.Reader, error) {
	switch {
	case l.Models != "":
		raw, err := os.ReadFile(l.Models)
		return bytes.NewReader(raw), err
	case l.Server == "":
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(l.Server, "/")+"/api/followup-models?limit=200", nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+l.Key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(response.Body, 32<<20))
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %d", l.Server, response.StatusCode)
	}
	return bytes.NewReader(raw), nil
}
