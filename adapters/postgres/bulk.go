// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"fmt"
	"strings"
)

// statement is one of several that go to the server together.
type statement struct {
	query string
	args  []any
	rows  int64 // that it must touch; anyRows for what there is
}

const anyRows int64 = -1

// together runs statements, in their order, in one round trip. One that fails
// fails all.
func (t *tx) together(statements ...statement) error {
	questions := make([]question, len(statements))
	for i, s := range statements {
		questions[i] = question{statement: s}
	}
	return t.askAll(questions...)
}

// rows collects rows of one shape, which go along as one array per column, so
// that one statement takes them all. Columns are "name type, name type"; the
// types are bigint, text, bytea and boolean.
type rows struct {
	names, types []string
	arrays       []any
	n            int
	err          error // the first; see statement
}

func rowsOf(columns string) *rows {
	r := new(rows)
	for _, c := range strings.Split(columns, ",") {
		name, kind, _ := strings.Cut(strings.TrimSpace(c), " ")
		r.names, r.types = append(r.names, name), append(r.types, kind)
		switch kind {
		case "bigint":
			r.arrays = append(r.arrays, []*int64{})
		case "text":
			r.arrays = append(r.arrays, []*string{})
		case "bytea":
			r.arrays = append(r.arrays, [][]byte{})
		case "boolean":
			r.arrays = append(r.arrays, []*bool{})
		default:
			panic("postgres: no such type of column")
		}
	}
	return r
}

// add takes the values of one row in the order of the columns; nil is NULL.
func (r *rows) add(values ...any) {
	r.n++
	for i, v := range values {
		ok := true
		switch a := r.arrays[i].(type) {
		case []*int64:
			var n *int64
			n, ok = wholeNumber(v)
			r.arrays[i] = append(a, n)
		case []*string:
			var s *string
			s, ok = given[string](v)
			r.arrays[i] = append(a, s)
		case []*bool:
			var b *bool
			b, ok = given[bool](v)
			r.arrays[i] = append(a, b)
		case [][]byte:
			var b []byte
			if v != nil {
				b, ok = v.([]byte)
			}
			r.arrays[i] = append(a, b)
		}
		if !ok && r.err == nil {
			r.err = fmt.Errorf("postgres: column %s of type %s gets a %T", r.names[i], r.types[i], v)
		}
	}
}

func wholeNumber(v any) (*int64, bool) {
	if n, ok := v.(int); ok {
		whole := int64(n)
		return &whole, true
	}
	return given[int64](v)
}

func given[T any](v any) (*T, bool) {
	if v == nil {
		return nil, true
	}
	value, ok := v.(T)
	return &value, ok
}

// from is the rows as a table in a query: "unnest(…) AS alias (names)". Its
// parameters are the first ones.
func (r *rows) from(alias string) string {
	arrays := make([]string, len(r.types))
	for i, kind := range r.types {
		arrays[i] = fmt.Sprintf("$%d::%s[]", i+1, kind)
	}
	return "unnest(" + strings.Join(arrays, ", ") + ") AS " + alias + " (" + strings.Join(r.names, ", ") + ")"
}

// insert writes all rows into a table that has their columns, with what follows
// (ON CONFLICT …) behind.
func (r *rows) insert(table, behind string) statement {
	names := strings.Join(r.names, ", ")
	return statement{"INSERT INTO " + table + " (" + names + ") SELECT " + names + " FROM " + r.from("given") + " " + behind, r.arrays, int64(r.n)}
}

// ids gives UUIDs as the database has them; nil (NULL) for what is none, which
// matches no row.
func ids[ID ~string](all []ID) [][]byte {
	found := make([][]byte, len(all))
	for i, id := range all {
		if b, err := uuid(id); err == nil {
			found[i] = b
		}
	}
	return found
}

// texts is for a parameter of type text[]; nil stays NULL.
func texts[T ~string](all []T) []string {
	if all == nil {
		return nil
	}
	plain := make([]string, len(all))
	for i, s := range all {
		plain[i] = string(s)
	}
	return plain
}
