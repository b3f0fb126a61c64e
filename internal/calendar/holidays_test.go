package calendar

import (
	"testing"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/stretchr/testify/require"
)

func TestBrazilianHolidaysOf2026(t *testing.T) {
	require.Equal(t, []string{
		"2026-01-01", // Ano Novo
		"2026-02-17", // Carnaval
		"2026-04-03", // Sexta-feira Santa
		"2026-04-21", // Tiradentes
		"2026-05-01", // Dia do Trabalhador
		"2026-06-04", // Corpus Christi
		"2026-09-07", // Independência
		"2026-10-12", // Nossa Senhora Aparecida
		"2026-11-02", // Finados
		"2026-11-15", // Proclamação da República
		"2026-11-20", // Consciência Negra
		"2026-12-25", // Natal
	}, brazilianOf(2026))
}

func TestConscienciaNegraIsNationalSince2024(t *testing.T) {
	require.False(t, brazilian(2023, time.November, 20))
	require.True(t, brazilian(2024, time.November, 20))
	require.True(t, brazilian(2030, time.November, 20))
}

// The holidays library computes in the machine's zone; a server in Santiago has no midnight on 7 September 2025.
func TestHolidaysDoNotDependOnTheMachinesZone(t *testing.T) {
	machine := cal.DefaultLoc
	t.Cleanup(func() { cal.DefaultLoc = machine })
	cal.DefaultLoc = time.UTC
	want := map[int][]string{}
	for year := 2017; year <= 2030; year++ {
		want[year] = brazilianOf(year)
	}
	for _, name := range []string{"America/Santiago", "America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut", "Pacific/Kiritimati"} {
		cal.DefaultLoc = zoneOf(t, name)
		for year, dates := range want {
			require.Equal(t, dates, brazilianOf(year), "%s %d", name, year)
		}
	}
}

func brazilianOf(year int) []string {
	var dates []string
	for date := time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC); date.Year() == year; date = date.AddDate(0, 0, 1) {
		if brazilian(date.Date()) {
			dates = append(dates, date.Format(time.DateOnly))
		}
	}
	return dates
}
