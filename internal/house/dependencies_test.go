package house

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// licences are texts by which a licence is known, and that let whoever has the product use, change and sell it.
var licences = map[string]string{
	"Apache-2.0": "Apache License Version 2.0",
	"MIT":        "Permission is hereby granted, free of charge, to any person obtaining a copy of this software",
	"BSD":        "Redistribution and use in source and binary forms, with or without modification, are permitted",
	"ISC":        "Permission to use, copy, modify, and distribute this software for any purpose with or without fee is hereby granted",
}

// forbidden would bind whoever sells the product.
var forbidden = regexp.MustCompile(`(?i)GNU (AFFERO )?GENERAL PUBLIC LICENSE|Business Source License|Server Side Public License|Commons Clause|Elastic License`)

// dependency is a module of which something is compiled into the program.
type dependency struct {
	Path, Version, Dir string
	Replace            *struct{ Path string }
	Main               bool
}

func dependencies(t *testing.T) []dependency {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=Module", "./cmd/retoma")
	command.Dir = root()
	out, err := command.Output()
	require.NoError(t, err)
	var found []dependency
	seen := map[string]bool{}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var listed struct{ Module *dependency }
		if err := decoder.Decode(&listed); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			require.NoError(t, err)
		}
		if listed.Module != nil && !listed.Module.Main && !seen[listed.Module.Path] {
			seen[listed.Module.Path] = true
			found = append(found, *listed.Module)
		}
	}
}

// What is compiled in is what go.sum says, from where its path says, and may be used. `.ci/run tidy` verifies the checksums;
// `make vulncheck` asks for known vulnerabilities, which needs the net.
func TestDependenciesAreWhatTheySayAndMayBeUsed(t *testing.T) {
	sums := file(t, "go.sum")
	var wrong findings
	found := dependencies(t)
	require.Greater(t, len(found), 20)
	for _, one := range found {
		if one.Replace != nil {
			wrong.add("%s is replaced by %s: whoever reads go.mod must see what is used", one.Path, one.Replace.Path)
		}
		if !strings.Contains(sums, one.Path+" "+one.Version+" h1:") {
			wrong.add("%s %s has no checksum in go.sum", one.Path, one.Version)
		}
		switch name := licenceOf(t, one.Dir); name {
		case "":
			wrong.add("%s: no licence that is known to be free was found in %s; read it, and add its words to licences if it is", one.Path, one.Dir)
		case "forbidden":
			wrong.add("%s: its licence binds whoever sells the product", one.Path)
		}
	}
	for _, module := range []string{"go.mod", "tools/lint/go.mod", "tools/asynqmon/go.mod"} {
		if regexp.MustCompile(`(?m)^(replace|\s*exclude)\b`).MatchString(file(t, module)) {
			wrong.add("%s replaces or excludes modules", module)
		}
	}
	wrong.report(t)
}

// licenceOf reads the licence at the root of a module.
func licenceOf(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		if !regexp.MustCompile(`(?i)^(LICEN[CS]E|COPYING|UNLICENSE)`).MatchString(entry.Name()) || entry.IsDir() {
			continue
		}
		content, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		require.NoError(t, err)
		if forbidden.Match(content) {
			return "forbidden"
		}
		text := strings.Join(strings.Fields(string(content)), " ")
		for name, words := range licences {
			if strings.Contains(text, words) {
				return name
			}
		}
	}
	return ""
}
