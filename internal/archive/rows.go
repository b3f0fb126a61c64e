package archive

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Rows are spelled as PostgreSQL's COPY does in its text format (https://www.postgresql.org/docs/current/sql-copy.html): one
// line for a row, a tab between cells, \N for NULL, t and f for booleans, and a backslash before what would be mistaken.

// null is how a cell without a value is spelled.
const null = `\N`

// AppendCell appends one cell as it is spelled.
func AppendCell(line []byte, cell string) []byte {
	for i := range len(cell) {
		switch c := cell[i]; c {
		case '\\':
			line = append(line, '\\', '\\')
		case '\t':
			line = append(line, '\\', 't')
		case '\n':
			line = append(line, '\\', 'n')
		case '\r':
			line = append(line, '\\', 'r')
		default:
			line = append(line, c)
		}
	}
	return line
}

// AppendRow appends a whole line. A nil cell is NULL.
func AppendRow(line []byte, cells []*string) []byte {
	for i, cell := range cells {
		if i > 0 {
			line = append(line, '\t')
		}
		if cell == nil {
			line = append(line, null...)
			continue
		}
		line = AppendCell(line, *cell)
	}
	return append(line, '\n')
}

// EachRow reads rows to the end and gives each one's cells, which are the callee's to keep; nil is NULL. A row of another number of
// cells than columns is an error that names its place.
func EachRow(from io.Reader, columns int, each func(cells []*string) error) error {
	lines := bufio.NewReaderSize(from, 1<<16)
	for number := 1; ; number++ {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) && line == "" {
			return nil
		}
		if err != nil {
			return fmt.Errorf("row %d is cut off: %w", number, err)
		}
		cells, err := readRow(line[:len(line)-1], columns)
		if err != nil {
			return fmt.Errorf("row %d: %w", number, err)
		}
		if err := each(cells); err != nil {
			return fmt.Errorf("row %d: %w", number, err)
		}
	}
}

func readRow(line string, columns int) ([]*string, error) {
	cells := make([]*string, 0, columns)
	for spelled := range strings.SplitSeq(line, "\t") {
		if spelled == null {
			cells = append(cells, nil)
			continue
		}
		cell, err := readCell(spelled)
		if err != nil {
			return nil, err
		}
		cells = append(cells, &cell)
	}
	if len(cells) != columns {
		return nil, fmt.Errorf("%d cells for %d columns", len(cells), columns)
	}
	return cells, nil
}

func readCell(spelled string) (string, error) {
	if !strings.Contains(spelled, `\`) {
		return spelled, nil
	}
	var cell strings.Builder
	cell.Grow(len(spelled))
	for i := 0; i < len(spelled); i++ {
		c := spelled[i]
		if c != '\\' {
			cell.WriteByte(c)
			continue
		}
		i++
		if i == len(spelled) {
			return "", errors.New("a cell ends in the middle of an escape")
		}
		plain, known := escapes(spelled[i])
		if !known {
			return "", fmt.Errorf(`the escape \%c has no meaning here`, spelled[i])
		}
		cell.WriteByte(plain)
	}
	return cell.String(), nil
}

// escapes are those that PostgreSQL itself writes.
func escapes(letter byte) (plain byte, known bool) {
	switch letter {
	case '\\':
		return '\\', true
	case 't':
		return '\t', true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case 'v':
		return '\v', true
	}
	return 0, false
}
