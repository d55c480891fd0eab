// SPDX-License-Identifier: EUPL-1.2

package backup

// Kind is what a column holds. The constant is the word in the archive.
type Kind string

const (
	Int  Kind = "int"  // 64 bits, signed; moments are milliseconds and days are days since 1970
	Text Kind = "text" // UTF-8
	Blob Kind = "blob"
	Bool Kind = "bool" // in a store without booleans 0 and 1
)

// Column is one column of a table. Every column may hold NULL here; what the
// store forbids, the store refuses when it is loaded.
type Column struct {
	Name string
	Kind Kind
}

// Table is one table of truth by the names that every truth store gives it.
type Table struct {
	Name    string
	Columns []Column
}

// Value is one value of a row. The zero Value is NULL.
type Value struct {
	kind Kind
	n    int64
	s    string
	b    []byte
}

// IntOf makes a number.
func IntOf(n int64) Value { return Value{kind: Int, n: n} }

// TextOf makes a text.
func TextOf(s string) Value { return Value{kind: Text, s: s} }

// BlobOf makes bytes; it does not copy them. Nil is no bytes, and not NULL.
func BlobOf(b []byte) Value { return Value{kind: Blob, b: b} }

// BoolOf makes a truth value.
func BoolOf(b bool) Value {
	if b {
		return Value{kind: Bool, n: 1}
	}
	return Value{kind: Bool}
}

// Kind is what the value holds; empty for NULL.
func (v Value) Kind() Kind { return v.kind }

// IsNull reports whether the value is NULL.
func (v Value) IsNull() bool { return v.kind == "" }

// Int is the number, 0 for other kinds.
func (v Value) Int() int64 { return v.n }

// Text is the text, empty for other kinds.
func (v Value) Text() string { return v.s }

// Blob is the bytes, nil for other kinds.
func (v Value) Blob() []byte { return v.b }

// Bool is the truth value, false for other kinds.
func (v Value) Bool() bool { return v.kind == Bool && v.n == 1 }

// fits reports whether a value may stand in a column.
func (c Column) fits(v Value) bool { return v.kind == "" || v.kind == c.Kind }
