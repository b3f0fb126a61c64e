package web_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"retoma/gateway/web"
)

func TestASentenceGoesOnWithinAnother(t *testing.T) {
	for sentence, clause := range map[string]string{
		"O template está em espera.":     "o template está em espera",
		"A conta foi bloqueada":          "a conta foi bloqueada",
		"Cliente respondeu antes":        "cliente respondeu antes",
		"É noite":                        "é noite",
		"Meta recusou o número":          "Meta recusou o número",
		"WhatsApp desligado":             "WhatsApp desligado",
		"SAIR foi escrito":               "SAIR foi escrito",
		"131047: re-engagement":          "131047: re-engagement",
		"um atendente segurou":           "um atendente segurou",
		"Não-entrega, segundo a Meta...": "não-entrega, segundo a Meta",
		"":                               "",
	} {
		require.Equal(t, clause, web.Clause(sentence))
	}
}
