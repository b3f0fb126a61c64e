package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"retoma/internal/desk"
)

// doctorPatience bounds an examination through a running process: it asks the providers too.
const doctorPatience = 5 * time.Minute

// askDoctor lets the process that has the SQLite file examine itself.
func askDoctor(ctx context.Context, c Config, fix bool) ([]desk.Ailment, error) {
	if c.Bootstrap == "" {
		return nil, fmt.Errorf("a process of retoma has this SQLite file: it is asked at http://%s with RETOMA_BOOTSTRAP_KEY, a key of the installation's operator, which is missing", c.Addr)
	}
	ctx, cancel := context.WithTimeout(ctx, doctorPatience)
	defer cancel()
	body, err := json.Marshal(map[string]bool{"fix": fix})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.Addr+"/api/doctor", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.Bootstrap)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("the process that has the SQLite file does not answer (RETOMA_ADDR says where it is): %w", err)
	}
	var answer struct {
		Data  []desk.Ailment `json:"data"`
		Error string         `json:"error"`
	}
	err = json.NewDecoder(response.Body).Decode(&answer)
	if closed := response.Body.Close(); err == nil {
		err = closed
	}
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("the process that has the SQLite file refused (%d): %s", response.StatusCode, answer.Error)
	}
	return answer.Data, err
}
