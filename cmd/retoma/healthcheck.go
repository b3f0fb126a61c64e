package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

type healthcheck struct {
	URL string `help:"Where the process answers." default:"http://127.0.0.1:8080/readyz" env:"RETOMA_HEALTH_URL" name:"url"`
}

func (h healthcheck) Run(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %d", h.URL, response.StatusCode)
	}
	return nil
}
