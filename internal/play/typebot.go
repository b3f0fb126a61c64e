package play

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"retoma/internal/fault"
	"retoma/internal/typebot"
)

// maxExport bounds an exported flow.
const maxExport = 32 << 20

// TypebotRules are the bot's settings that change what its commands are.
type TypebotRules struct {
	TextAround bool
	Secret     string
}

// LintTypebot looks at the commands of an exported Typebot flow and writes each with its place, then what is wrong. models, if
// given, is a list of the follow-up models that exist: the answer of GET /api/followup-models, or a list of ids and names.
// The error tells that there are problems.
func LintTypebot(export, models io.Reader, rules TypebotRules, out io.Writer) error {
	body, err := io.ReadAll(io.LimitReader(export, maxExport))
	if err != nil {
		return err
	}
	options := typebot.LintOptions{Rules: typebot.Rules{Around: rules.TextAround, Secret: rules.Secret}}
	if models != nil {
		if options.Models, err = readModels(models); err != nil {
			return err
		}
	}
	found, err := typebot.LintExport(body, options)
	if err != nil {
		return errors.New("o arquivo " + fault.Of(err).Message)
	}
	w := &writer{out: out}
	for _, command := range found.Commands {
		w.line("%s, bloco %d (%s): %s", command.Group, command.Block, command.BlockID, command.Command)
	}
	for _, finding := range found.Findings {
		kind := "aviso"
		if finding.Problem {
			kind = "problema"
		}
		w.line("%s: %s", kind, finding.Text)
	}
	w.line("%s: %d comandos, %d problemas, %d avisos", found.Name, len(found.Commands), found.Problems, len(found.Findings)-found.Problems)
	if w.err != nil {
		return w.err
	}
	if found.Problems > 0 {
		return fmt.Errorf("o fluxo tem %d problemas", found.Problems)
	}
	return nil
}

// readModels takes ids, numbers and names out of a list of models in any of the forms people have it in.
func readModels(r io.Reader) ([]string, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxExport))
	if err != nil {
		return nil, err
	}
	var answer struct {
		Data []json.RawMessage `json:"data"`
	}
	rows := answer.Data
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if json.Unmarshal(body, &answer) == nil {
		if answer.Data == nil {
			return nil, fault.Field("models", "a resposta não é uma lista de modelos (falta data): confira o endereço do servidor")
		}
		rows = answer.Data
	} else if json.Unmarshal(body, &rows) != nil {
		return nil, fault.Field("models", "esperava uma lista de modelos em JSON")
	}
	names := []string{}
	for _, row := range rows {
		var model struct {
			ID     string      `json:"id"`
			Number json.Number `json:"number"`
			Name   string      `json:"name"`
		}
		var text string
		var number json.Number
		switch {
		case json.Unmarshal(row, &model) == nil:
			names = append(names, model.ID, model.Number.String(), model.Name)
		case json.Unmarshal(row, &text) == nil:
			names = append(names, text)
		case json.Unmarshal(row, &number) == nil:
			names = append(names, number.String())
		}
	}
	return names, nil
}
