package house

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestImagesAreStaticAndNotRoot(t *testing.T) {
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`)
	for folder, port := range map[string]string{"": "8080", "tools/asynqmon/": "8081"} {
		t.Run(folder+"Dockerfile", func(t *testing.T) {
			text := file(t, folder+"Dockerfile")
			build, image, found := strings.Cut(text, "\nFROM scratch\n")
			require.True(t, found, "the image holds the program and nothing else")
			require.Contains(t, build, "FROM golang:"+version.FindStringSubmatch(file(t, folder+"go.mod"))[1]+"-", "it is built with the Go of go.mod")
			require.Contains(t, build, "CGO_ENABLED=0")
			require.Contains(t, build, "ca-certificates.crt")
			require.Regexp(t, `(?m)^USER [1-9]\d*:[1-9]\d*$`, image)
			require.Contains(t, image, "EXPOSE "+port)
			require.Contains(t, image, "HEALTHCHECK")
		})
	}
}

// What must hold is written once, in .ci/run; what calls its steps names steps that exist.
func TestMakefileCallsStepsThatExist(t *testing.T) {
	steps := regexp.MustCompile(`(?m)^readonly all_steps=\((.*)\)$`).FindStringSubmatch(file(t, ".ci/run"))
	require.Len(t, steps, 2)
	called := regexp.MustCompile(`(?m)^\t.*\.ci/run ([a-z ]+)`).FindAllStringSubmatch(file(t, "Makefile"), -1)
	require.NotEmpty(t, called)
	for _, call := range called {
		require.Subset(t, strings.Fields(steps[1]), strings.Fields(call[1]))
	}
}
