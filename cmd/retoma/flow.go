package main

import (
	"errors"
	"os"

	"retoma/internal/play"
)

type flow struct {
	Check flowCheck `cmd:"" help:"Tell what is wrong with a flow, a model, a rule or an assistant's configuration, or that it is right."`
	Play  flowPlay  `cmd:"" help:"Play such a document against a scripted conversation, with the clock run fast."`
}

type flowCheck struct {
	File string `arg:"" help:"A flow, model, rule or configuration (JSON)." type:"existingfile"`
}

func (f flowCheck) Run(to streams) (err error) {
	file, err := os.Open(f.File)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return play.Check(file, to.out)
}

type flowPlay struct {
	Path         string `arg:"" help:"A folder of examples/, or a flow, model, rule or configuration (JSON)." type:"path"`
	Conversation string `arg:"" optional:"" help:"The conversation (JSON), when PATH is a file." type:"existingfile"`
}

func (f flowPlay) Run(to streams) error {
	if f.Conversation == "" {
		return play.Folder(os.DirFS(f.Path), to.out)
	}
	definition, err := os.ReadFile(f.Path)
	if err != nil {
		return err
	}
	conversation, err := os.ReadFile(f.Conversation)
	if err != nil {
		return err
	}
	return play.Play(definition, conversation, to.out)
}
