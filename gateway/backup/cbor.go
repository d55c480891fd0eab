// SPDX-License-Identifier: EUPL-1.2

package backup

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"unicode/utf8"
)

// What is inside an archive is a sequence of arrays in CBOR (RFC 8949), of the
// few types that rows need, each in its shortest form (part 4.2.1), so that
// equal rows are equal bytes. Any CBOR program can read it.

// Major types of RFC 8949, part 3.1, and the three simple values in use.
const (
	majorUint, majorNegative, majorBytes, majorText, majorArray = 0 << 5, 1 << 5, 2 << 5, 3 << 5, 4 << 5

	simpleFalse, simpleTrue, simpleNull = 0xf4, 0xf5, 0xf6
)

// Limits of what is read: an archive that passed its digest is still not
// allowed to take all memory.
const (
	maxItem  = 1 << 26 // bytes of one text or blob
	maxArray = 4096
)

// ErrItem says that what was decrypted is not what this program writes.
var ErrItem = errors.New("the archive holds something that is no row or file")

func appendHead(b []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n <= math.MaxUint8:
		return append(b, major|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(b, major|27), n)
	}
}

// appendValue writes one value.
func appendValue(b []byte, v Value) []byte {
	switch v.kind {
	case Int:
		if v.n < 0 {
			return appendHead(b, majorNegative, uint64(-1-v.n))
		}
		return appendHead(b, majorUint, uint64(v.n))
	case Text:
		return append(appendHead(b, majorText, uint64(len(v.s))), v.s...)
	case Blob:
		return append(appendHead(b, majorBytes, uint64(len(v.b))), v.b...)
	case Bool:
		return append(b, simpleFalse+byte(v.n))
	default:
		return append(b, simpleNull)
	}
}

// appendItem writes one array: its tag, then the values.
func appendItem(b []byte, tag int64, values ...Value) []byte {
	b = appendValue(appendHead(b, majorArray, uint64(len(values)+1)), IntOf(tag))
	for _, v := range values {
		b = appendValue(b, v)
	}
	return b
}

// readItem reads one array; io.EOF when nothing is left. The values are valid
// until the next call that is given the same slice.
func readItem(r *bufio.Reader, into []Value) (tag int64, values []Value, err error) {
	if _, err := r.Peek(1); err == io.EOF {
		return 0, nil, io.EOF
	}
	major, n, err := readHead(r)
	if err != nil {
		return 0, nil, err
	}
	if major != majorArray || n == 0 || n > maxArray {
		return 0, nil, ErrItem
	}
	first, err := readValue(r)
	if err != nil {
		return 0, nil, err
	}
	if first.kind != Int {
		return 0, nil, ErrItem
	}
	values = into[:0]
	for range n - 1 {
		v, err := readValue(r)
		if err != nil {
			return 0, nil, err
		}
		values = append(values, v)
	}
	return first.n, values, nil
}

// readHead reads a type and its argument, in the shortest form only.
func readHead(r *bufio.Reader) (major byte, n uint64, err error) {
	first, err := r.ReadByte()
	if err != nil {
		return 0, 0, cutOff(err)
	}
	major, low := first&0xe0, first&0x1f
	if low < 24 {
		return major, uint64(low), nil
	}
	if low > 27 {
		return 0, 0, ErrItem
	}
	var b [8]byte
	width := 1 << (low - 24)
	if _, err := io.ReadFull(r, b[8-width:]); err != nil {
		return 0, 0, cutOff(err)
	}
	n = binary.BigEndian.Uint64(b[:])
	if least := [...]uint64{24, 1 << 8, 1 << 16, 1 << 32}[low-24]; n < least {
		return 0, 0, ErrItem
	}
	return major, n, nil
}

func readValue(r *bufio.Reader) (Value, error) {
	next, err := r.Peek(1)
	if err != nil {
		return Value{}, cutOff(err)
	}
	if c := next[0]; c == simpleNull || c == simpleTrue || c == simpleFalse {
		_, _ = r.Discard(1)
		if c == simpleNull {
			return Value{}, nil
		}
		return BoolOf(c == simpleTrue), nil
	}
	major, n, err := readHead(r)
	if err != nil {
		return Value{}, err
	}
	switch {
	case major == majorUint && n <= math.MaxInt64:
		return IntOf(int64(n)), nil
	case major == majorNegative && n <= math.MaxInt64:
		return IntOf(-1 - int64(n)), nil
	case major != majorBytes && major != majorText, n > maxItem:
		return Value{}, ErrItem
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(r, data); err != nil {
		return Value{}, cutOff(err)
	}
	if major == majorBytes {
		return BlobOf(data), nil
	}
	if !utf8.Valid(data) {
		return Value{}, ErrItem
	}
	return TextOf(string(data)), nil
}

// cutOff makes an end in the middle of something an error.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrCutOff
	}
	return err
}
