package store

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// cells is a column of a table on its way to PostgreSQL, as an array of the column's type.
type cells struct {
	of *table
	at int
}

// arrayCodec is pgx's codec of an array type, which besides knows cells: it writes them as they are, into memory that is as
// large as they need. What pgx does with a list takes several times as much.
type arrayCodec struct{ *pgtype.ArrayCodec }

// arrayTypes are the arrays that tables are sent as.
var arrayTypes = []uint32{pgtype.TextArrayOID, pgtype.Int8ArrayOID, pgtype.BoolArrayOID}

// knowCells lets a new connection send cells.
func knowCells(_ context.Context, connection *pgx.Conn) error {
	types := connection.TypeMap()
	for _, id := range arrayTypes {
		known, _ := types.TypeForOID(id)
		codec := known.Codec.(*pgtype.ArrayCodec)
		types.RegisterType(&pgtype.Type{Name: known.Name, OID: id, Codec: arrayCodec{codec}})
	}
	return nil
}

// PlanEncode implements [pgtype.Codec].
func (c arrayCodec) PlanEncode(types *pgtype.Map, id uint32, format int16, value any) pgtype.EncodePlan {
	if _, is := value.(cells); is && format == pgtype.BinaryFormatCode {
		return cellsPlan{element: c.ElementType.OID}
	}
	return c.ArrayCodec.PlanEncode(types, id, format, value)
}

type cellsPlan struct{ element uint32 }

// Encode writes what PostgreSQL's array_send writes (src/backend/utils/adt/arrayfuncs.c): one dimension without nulls.
func (p cellsPlan) Encode(value any, to []byte) ([]byte, error) {
	column := value.(cells)
	if column.at == 0 { // the whole table goes into the same memory
		to = slices.Grow(to, column.of.encodedSize())
	}
	to = binary.BigEndian.AppendUint32(to, 1)
	to = binary.BigEndian.AppendUint32(to, 0)
	to = binary.BigEndian.AppendUint32(to, p.element)
	to = binary.BigEndian.AppendUint32(to, uint32(len(column.of.rows)))
	to = binary.BigEndian.AppendUint32(to, 1)
	for _, row := range column.of.rows {
		switch cell := row[column.at].(type) {
		case string:
			to = binary.BigEndian.AppendUint32(to, uint32(len(cell)))
			to = append(to, cell...)
		case int64:
			to = binary.BigEndian.AppendUint32(to, 8)
			to = binary.BigEndian.AppendUint64(to, uint64(cell))
		case bool:
			to = append(to, 0, 0, 0, 1, truth(cell))
		}
	}
	return to, nil
}

func truth(yes bool) byte {
	if yes {
		return 1
	}
	return 0
}

// encodedSize is how many bytes the table's columns take, or a few more.
func (t *table) encodedSize() int {
	const head, word = 20, 12
	size := len(t.names) * head
	for _, row := range t.rows {
		for _, cell := range row {
			size += word
			if text, is := cell.(string); is {
				size += len(text)
			}
		}
	}
	return size
}
