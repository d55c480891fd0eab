// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/seinhuis/seinhuis/gateway"
)

var (
	// ErrNotATable: these bytes are no compiled table, or one of a format that
	// this version does not know.
	ErrNotATable = errors.New("not a compiled routing table of format 1")
	// ErrDamaged: a compiled table that is not as it was written.
	ErrDamaged = errors.New("the compiled routing table is damaged")
)

// Load reads a compiled table whole and checks all of it before it answers
// anything: a table with one flipped bit is refused.
func Load(r io.Reader) (*Table, error) {
	data, err := io.ReadAll(io.LimitReader(r, largestTable+1))
	if err != nil {
		return nil, fmt.Errorf("load routing table: %w", err)
	}
	if len(data) > largestTable {
		return nil, fmt.Errorf("load routing table: %w", errTooLarge)
	}
	t, err := decodeTable(data)
	if err != nil {
		return nil, fmt.Errorf("load routing table: %w", err)
	}
	return t, nil
}

func decodeTable(data []byte) (*Table, error) {
	if len(data) < len(formatMagic)+2+sha256.Size || string(data[:len(formatMagic)]) != formatMagic {
		return nil, ErrNotATable
	}
	d := &decoder{rest: data[len(formatMagic) : len(data)-sha256.Size]}
	if d.uint16() != formatVersion {
		return nil, ErrNotATable
	}
	body, trailer := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	sum := sha256.Sum256(body)
	if !bytes.Equal(sum[:], trailer) {
		return nil, ErrDamaged
	}
	t := d.table()
	if d.broken || len(d.rest) > 0 || !t.sound() {
		return nil, ErrDamaged
	}
	t.version.Digest = sum
	return t, nil
}

// decoder reads numbers off the front; after the first that is not there it
// is broken and gives zeros.
type decoder struct {
	rest   []byte
	broken bool
}

func (d *decoder) table() *Table {
	t := &Table{}
	t.version.Year, t.version.Pairs, t.version.Source = int(d.uint16()), int(d.uint32()), d.text()
	for range d.uint16() {
		if d.broken {
			break
		}
		t.municipalities = append(t.municipalities, d.municipality())
	}
	t.version.Postcodes = d.starts(t)
	t.suffixes, t.values = d.list(t.version.Postcodes), d.list(t.version.Postcodes)
	t.groups = []uint32{0}
	for _, n := range d.list(int(d.uint16())) {
		t.groups = append(t.groups, t.groups[len(t.groups)-1]+uint32(n))
	}
	for n := t.groups[len(t.groups)-1]; n > 0 && !d.broken; n-- {
		t.rows = append(t.rows, row{d.uint32(), d.uint8(), d.uint16()})
	}
	return t
}

func (d *decoder) municipality() municipality {
	code := d.uint16()
	if code > 9999 {
		d.broken = true
		return municipality{}
	}
	m := municipality{code: municipalityOf(code), name: d.text(), successor: d.uint16()}
	if m.successor == stays {
		m.successor = 0
		return m
	}
	var err error
	if m.ends, err = gateway.ParseDate(string(d.bytes(10))); err != nil {
		d.broken = true
	}
	return m
}

// starts fills the index of PC4 and returns the number of postcodes.
func (d *decoder) starts(t *Table) int {
	next, total := 0, uint32(0)
	for range d.uint16() {
		n, count := int(d.uint16())-firstPC4, d.uint16()
		if d.broken || n < next || n >= len(t.starts)-1 || count == 0 || count > suffixes {
			d.broken = true
			return 0
		}
		for ; next <= n; next++ {
			t.starts[next] = total
		}
		total += uint32(count)
	}
	for ; next < len(t.starts); next++ {
		t.starts[next] = total
	}
	return int(total)
}

func (d *decoder) list(n int) []uint16 {
	raw := d.bytes(2 * n)
	if d.broken {
		return nil
	}
	list := make([]uint16, n)
	for i := range list {
		list[i] = binary.LittleEndian.Uint16(raw[2*i:])
	}
	return list
}

func (d *decoder) text() string {
	n := int(d.uint16())
	if n > 255 {
		d.broken = true
		return ""
	}
	return string(d.bytes(n))
}

func (d *decoder) bytes(n int) []byte {
	if d.broken || len(d.rest) < n {
		d.broken = true
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) uint8() byte {
	if b := d.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) uint16() uint16 {
	if b := d.bytes(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (d *decoder) uint32() uint32 {
	if b := d.bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}
