// SPDX-License-Identifier: EUPL-1.2

package batch

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/seinhuis/seinhuis/gateway"
)

// maxFaults is how many faults of one file are told; who made that many has
// one cause.
const maxFaults = 50

// Line is one report in a file. Payload is its JSON: the line itself, or the
// JSON of a CSV row (see [Rows.JSON]). A line with findings cannot be a report.
type Line struct {
	Number   int64 // among the reports, from 1: the header of CSV does not count
	Payload  []byte
	Findings []gateway.Finding
}

// Reader takes a file apart into lines, of whatever size, in constant memory.
// What is wrong with the file's shape it gathers and reads on, to the end.
type Reader struct {
	in      *bufio.Reader
	layout  Layout
	rows    *Rows
	comma   byte
	cells   []string
	lines   int64 // of the file
	reports int64
	faults  []gateway.Finding
	broken  bool // its shape is lost: the rest is only read
}

// NewReader reads plaintext in a layout. A UTF-8 byte order mark is skipped.
func NewReader(layout Layout, plain io.Reader) *Reader {
	return &Reader{in: bufio.NewReaderSize(plain, MaxLine+2), layout: layout}
}

// Faults is what is wrong with the shape of the file, as far as it was read;
// a file with faults is refused whole. At most fifty are kept.
func (r *Reader) Faults() []gateway.Finding { return r.faults }

// Next gives the next line that has the right shape. Its error is io.EOF at
// the end, or what the plaintext reader says; faults are no error.
func (r *Reader) Next() (Line, error) {
	for {
		if r.broken {
			if _, err := io.Copy(io.Discard, r.in); err != nil {
				return Line{}, err
			}
			return Line{}, io.EOF
		}
		if r.lines == 0 {
			if err := r.begin(); err != nil {
				return Line{}, err
			}
			if r.broken {
				continue
			}
		}
		text, ok, err := r.text()
		if err != nil {
			return Line{}, err
		}
		if !ok || r.layout == LayoutCSV && r.lines == 1 && !r.header(text) {
			continue
		}
		if r.layout == LayoutCSV && r.lines == 1 {
			continue
		}
		if line, ok := r.line(text); ok {
			return line, nil
		}
	}
}

// begin skips the mark, and tells UTF-16 from a file of bad lines.
func (r *Reader) begin() error {
	first, err := r.in.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if bytes.Equal(first, []byte("\xef\xbb\xbf")) {
		_, _ = r.in.Discard(3)
	}
	if bytes.HasPrefix(first, []byte("\xff\xfe")) || bytes.HasPrefix(first, []byte("\xfe\xff")) {
		r.fault(gateway.CodeEncoding, "")
		r.broken = true
	}
	return nil
}

// text reads one line of the file without its end. It is valid until the next
// call; ok is false for a line that became a fault.
func (r *Reader) text() (text []byte, ok bool, err error) {
	text, err = r.in.ReadSlice('\n')
	long := errors.Is(err, bufio.ErrBufferFull)
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.in.ReadSlice('\n')
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	if errors.Is(err, io.EOF) && len(text) == 0 && !long {
		if r.reports == 0 && len(r.faults) == 0 {
			r.fault(CodeEmptyFile, "")
		}
		return nil, false, io.EOF
	}
	r.lines++
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	switch {
	case long || len(text) > MaxLine:
		r.fault(CodeLineTooLong, atLine(r.lines))
	case len(bytes.TrimSpace(text)) == 0:
		r.fault(CodeEmptyLine, atLine(r.lines))
	default:
		return text, true, nil
	}
	// Without its header a table cannot be read.
	r.broken = r.layout == LayoutCSV && r.lines == 1
	return nil, false, nil
}

func (r *Reader) line(text []byte) (Line, bool) {
	if r.reports == MaxLines {
		r.fault(CodeTooManyLines, "")
		r.broken = true
		return Line{}, false
	}
	if r.layout != LayoutCSV {
		r.reports++
		return Line{Number: r.reports, Payload: bytes.Clone(text)}, true
	}
	if !utf8.Valid(text) {
		r.fault(gateway.CodeEncoding, atLine(r.lines))
		return Line{}, false
	}
	var ok bool
	if r.cells, ok = split(r.cells[:0], string(text), r.comma); !ok {
		r.fault(CodeQuotes, atLine(r.lines))
		return Line{}, false
	}
	if len(r.cells) != len(r.rows.columns) {
		r.fault(CodeCells, atLine(r.lines))
		return Line{}, false
	}
	r.reports++
	payload, findings := r.rows.JSON(r.cells)
	return Line{Number: r.reports, Payload: payload, Findings: findings}, true
}

func (r *Reader) header(text []byte) bool {
	r.broken = true
	if !utf8.Valid(text) {
		r.fault(gateway.CodeEncoding, atLine(1))
		return false
	}
	r.comma = ','
	if bytes.IndexByte(text, ';') >= 0 { // no name holds one
		r.comma = ';'
	}
	names, ok := split(nil, string(text), r.comma)
	if !ok {
		r.fault(CodeQuotes, atLine(1))
		return false
	}
	rows, faults := NewRows(names)
	for _, f := range faults {
		r.add(f)
	}
	r.rows, r.broken = rows, len(faults) > 0
	return !r.broken
}

func (r *Reader) fault(code gateway.Code, pointer string) { r.add(found(code, pointer)) }

func (r *Reader) add(f gateway.Finding) {
	if len(r.faults) < maxFaults {
		r.faults = append(r.faults, f)
	}
}

// split takes one line apart as RFC 4180 does, but that a cell never runs over
// the end of its line.
func split(cells []string, text string, comma byte) ([]string, bool) {
	for {
		var cell string
		if len(text) > 0 && text[0] == '"' {
			var ok bool
			if cell, text, ok = quoted(text[1:]); !ok || text != "" && text[0] != comma {
				return cells, false
			}
		} else {
			end := 0
			for end < len(text) && text[end] != comma {
				if text[end] == '"' {
					return cells, false
				}
				end++
			}
			cell, text = text[:end], text[end:]
		}
		cells = append(cells, cell)
		if text == "" {
			return cells, true
		}
		text = text[1:]
	}
}

// quoted reads up to the closing quote; two quotes stand for one.
func quoted(text string) (cell, rest string, ok bool) {
	var b []byte
	for i := 0; i < len(text); i++ {
		if text[i] != '"' {
			b = append(b, text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == '"' {
			b = append(b, '"')
			i++
			continue
		}
		return string(b), text[i+1:], true
	}
	return "", "", false
}
