package main

import (
	"context"
	"fmt"

	"retoma/internal/app"
)

type secrets struct {
	Rotate secretsRotate `cmd:"" help:"Put what former keys (RETOMA_SECRET_KEYS_OLD) encrypted under RETOMA_SECRET_KEY; may be broken off and repeated."`
}

type secretsRotate struct{ app.Config }

func (s secretsRotate) Run(ctx context.Context, to streams) error {
	done, err := app.RotateSecrets(ctx, s.Config, logger(s.LogLevel, to.errors))
	if _, printed := fmt.Fprintf(to.out, "looked at %d rows, %d put under the newest key\n", done.Looked, done.Sealed); printed != nil && err == nil {
		err = printed
	}
	if err != nil {
		return err
	}
	if done.Unreadable > 0 {
		return fmt.Errorf("%d rows hold secrets that none of the keys opens; they were left as they are, and the start still asks for the former key: name every former key in RETOMA_SECRET_KEYS_OLD, or save those credentials anew", done.Unreadable)
	}
	return nil
}
