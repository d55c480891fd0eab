// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"crypto/sha256"
	"encoding/binary"
	"io"
)

// The compiled format, all numbers little-endian:
//
//	magic "SEINROUT" | version uint16 = 1
//	year uint16 | pairs uint32 | source text
//	count uint16, then per municipality, by code: code uint16 | name text |
//	    successor uint16 (0xfffe: none, 0xffff: split) | when it ends: date, 10 bytes
//	count uint16, then per PC4, ascending: PC4 uint16 | postcodes uint16
//	per postcode: suffix uint16
//	per postcode: value uint16
//	count uint16, then per group: rows uint16
//	per row: number uint32 | letter uint8 | municipality uint16
//	SHA-256 of everything before
//
// where a text is a length uint16 and its bytes. One table has one encoding.
const (
	formatMagic   = "SEINROUT"
	formatVersion = 1
	stays         = 0xfffe
	largestTable  = 64 << 20
)

// WriteTo writes the compiled format; Load reads it.
func (t *Table) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(t.encode())
	return int64(n), err
}

func (t *Table) encode() []byte {
	le := binary.LittleEndian
	out := make([]byte, 0, 4*len(t.suffixes)+7*len(t.rows)+64<<10)
	out = le.AppendUint16(append(out, formatMagic...), formatVersion)
	out = le.AppendUint16(out, uint16(t.version.Year))
	out = le.AppendUint32(out, uint32(t.version.Pairs))
	out = appendText(out, t.version.Source)
	out = le.AppendUint16(out, uint16(len(t.municipalities)))
	for _, m := range t.municipalities {
		out = m.append(out)
	}
	out = t.appendStarts(out)
	for _, list := range [][]uint16{t.suffixes, t.values} {
		for _, n := range list {
			out = le.AppendUint16(out, n)
		}
	}
	out = le.AppendUint16(out, uint16(len(t.groups)-1))
	for i := range len(t.groups) - 1 {
		out = le.AppendUint16(out, uint16(t.groups[i+1]-t.groups[i]))
	}
	for _, r := range t.rows {
		out = append(le.AppendUint32(out, r.number), r.letter)
		out = le.AppendUint16(out, r.municipality)
	}
	sum := sha256.Sum256(out)
	return append(out, sum[:]...)
}

func (m municipality) append(out []byte) []byte {
	code, _ := codeOf(m.code)
	out = appendText(binary.LittleEndian.AppendUint16(out, code), m.name)
	if m.ends.IsZero() {
		return binary.LittleEndian.AppendUint16(out, stays)
	}
	return append(binary.LittleEndian.AppendUint16(out, m.successor), m.ends.String()...)
}

func (t *Table) appendStarts(out []byte) []byte {
	le := binary.LittleEndian
	at, count := len(out), uint16(0)
	out = le.AppendUint16(out, 0)
	for n := range len(t.starts) - 1 {
		if here := t.starts[n+1] - t.starts[n]; here > 0 {
			count++
			out = le.AppendUint16(out, uint16(n+firstPC4))
			out = le.AppendUint16(out, uint16(here))
		}
	}
	le.PutUint16(out[at:], count)
	return out
}

func appendText(out []byte, s string) []byte {
	s = s[:min(len(s), 255)]
	return append(binary.LittleEndian.AppendUint16(out, uint16(len(s))), s...)
}
