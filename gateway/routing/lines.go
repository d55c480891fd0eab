// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const longestLine = 64 << 10

var (
	errNoHeader  = errors.New("no header line with ; or , between the columns")
	errTooLarge  = errors.New("the text is larger than the limit")
	errLineLimit = errors.New("a line is longer than 65536 bytes")
)

// lines reads the dialects of CSV in which these tables come: ; or , as its
// header shows, quotes when somebody put them, UTF-8 with or without a byte
// order mark, otherwise Windows-1252. A field holds no line break, so that a
// stray quote spoils one line and not the rest of the file; that is why
// encoding/csv is not used.
type lines struct {
	scanner   *bufio.Scanner
	number    int // of the last line read, from 1
	separator byte
	header    []string // normal form, see normalHeader
	titles    []string // header as written
	fields    [][]byte // reused
	limit     *io.LimitedReader
}

func readLines(r io.Reader, limit int64) (*lines, error) {
	l := &lines{limit: &io.LimitedReader{R: r, N: limit}}
	l.scanner = bufio.NewScanner(l.limit)
	l.scanner.Buffer(make([]byte, longestLine), longestLine)
	if !l.scanner.Scan() {
		return nil, errors.Join(errNoHeader, l.err())
	}
	l.number = 1
	first := decode(bytes.TrimPrefix(l.scanner.Bytes(), []byte("\xef\xbb\xbf")))
	l.separator = ';'
	if bytes.Count(first, []byte(",")) > bytes.Count(first, []byte(";")) {
		l.separator = ','
	}
	fields := splitLine(first, l.separator, nil)
	if len(fields) < 2 {
		return nil, errNoHeader
	}
	for _, f := range fields {
		l.titles = append(l.titles, string(f))
		l.header = append(l.header, normalHeader(string(f)))
	}
	return l, nil
}

// next gives the fields of the next line that is not blank, valid until the
// following call. They are nil when its quotes are broken.
func (l *lines) next() (fields [][]byte, more bool) {
	for l.scanner.Scan() {
		l.number++
		line := decode(l.scanner.Bytes())
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		l.fields = splitLine(line, l.separator, l.fields[:0])
		return l.fields, true
	}
	return nil, false
}

// err tells after the last line whether the text was read to its end.
func (l *lines) err() error {
	if err := l.scanner.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			return errLineLimit
		}
		return fmt.Errorf("read line %d: %w", l.number+1, err)
	}
	if l.limit.N <= 0 {
		return errTooLarge
	}
	return nil
}

// column finds the first column that has one of the names; -1 when none has.
func (l *lines) column(names ...string) int {
	for _, name := range names {
		for i, h := range l.header {
			if h == name {
				return i
			}
		}
	}
	return -1
}

// normalHeader makes the editions alike: Gemeente2025, GM_CODE, PC6 and
// pc6 become gemeente, gmcode, pc and pc.
func normalHeader(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '_' || r == ' ' || r == '-' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// splitLine cuts a line into trimmed fields; nil when a quote stays open or is
// followed by text. Doubled quotes are undone in place.
func splitLine(line []byte, separator byte, fields [][]byte) [][]byte {
	for {
		rest := bytes.TrimLeft(line, " ")
		if len(rest) > 0 && rest[0] == '"' {
			field, after, ok := quoted(rest[1:])
			after = bytes.TrimLeft(after, " \r")
			if !ok || len(after) > 0 && after[0] != separator {
				return nil
			}
			fields = append(fields, bytes.TrimSpace(field))
			if len(after) == 0 {
				return fields
			}
			line = after[1:]
			continue
		}
		end := bytes.IndexByte(line, separator)
		if end < 0 {
			return append(fields, bytes.TrimSpace(line))
		}
		fields = append(fields, bytes.TrimSpace(line[:end]))
		line = line[end+1:]
	}
}

func quoted(s []byte) (field, after []byte, ok bool) {
	to := 0
	for i := 0; i < len(s); i++ {
		if s[i] == '"' {
			if i+1 == len(s) || s[i+1] != '"' {
				return s[:to], s[i+1:], true
			}
			i++
		}
		s[to] = s[i]
		to++
	}
	return nil, nil, false
}

// upperHalf is 0x80 to 0x9f of Windows-1252; the five holes keep their control
// code, as the WHATWG encoding standard has it.
var upperHalf = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}

// decode returns UTF-8 as it is and takes anything else for Windows-1252.
func decode(line []byte) []byte {
	if utf8.Valid(line) {
		return line
	}
	out := make([]byte, 0, len(line)+8)
	for _, c := range line {
		switch {
		case c < 0x80:
			out = append(out, c)
		case c < 0xa0:
			out = utf8.AppendRune(out, upperHalf[c-0x80])
		default:
			out = utf8.AppendRune(out, rune(c))
		}
	}
	return out
}
