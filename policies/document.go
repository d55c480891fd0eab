// SPDX-License-Identifier: EUPL-1.2

package policies

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// manifest is bundel.yaml.
type manifest struct {
	Name    string `yaml:"naam"`
	Version string `yaml:"versie"`
}

// document is one YAML file as a privacy officer writes it.
type document struct {
	Name  string      `yaml:"document"`
	For   scope       `yaml:"voor"`
	Valid period      `yaml:"geldig"`
	Note  string      `yaml:"toelichting"`
	Rules []ruleEntry `yaml:"regels"`
}

// scope says which questions a document looks at; an empty part means any.
// Only a document that names a kind lets that kind in.
type scope struct {
	Kind  string `yaml:"soort"`
	Pilot string `yaml:"regeling"`
	Basis string `yaml:"grondslag"`
}

// period is first day (included) until day (excluded, empty: open-ended).
type period struct {
	From  string `yaml:"van"`
	Until string `yaml:"tot"`
}

type ruleEntry struct {
	ID      string   `yaml:"id"`
	Series  string   `yaml:"reeks"` // rules that succeed one another; their periods may not overlap
	Law     string   `yaml:"wet"`
	NL      string   `yaml:"nl"`
	EN      string   `yaml:"en"`
	Valid   period   `yaml:"geldig"`
	When    string   `yaml:"als"`
	Effect  string   `yaml:"gevolg"`
	Code    string   `yaml:"code"`
	Pointer string   `yaml:"pointer"`
	Fields  []string `yaml:"velden"`
	Days    *days    `yaml:"dagen"`
}

type days struct {
	Body    int `yaml:"inhoud"`
	Tokens  int `yaml:"pseudoniemen"`
	Receipt int `yaml:"bewijs"`
}

// Effects, as written in `gevolg`.
const (
	effectRefuse = "weigeren"
	effectWarn   = "waarschuwen"
	effectDrop   = "beperken"
	effectRetain = "bewaren"
)

const (
	maxFileBytes = 64 << 10
	maxFiles     = 64
	maxRules     = 400
	maxFlowDepth = 8
)

// span is a period as dates; a zero until is open-ended.
type span struct{ from, until time.Time }

func (p period) span() (span, error) {
	var s span
	var err error
	if s.from, err = time.Parse(time.DateOnly, p.From); err != nil {
		return s, errors.New("geldig.van is no date yyyy-mm-dd")
	}
	if p.Until == "" {
		return s, nil
	}
	if s.until, err = time.Parse(time.DateOnly, p.Until); err != nil {
		return s, errors.New("geldig.tot is no date yyyy-mm-dd")
	}
	if !s.from.Before(s.until) {
		return s, errors.New("geldig.tot is not after geldig.van")
	}
	return s, nil
}

func (s span) holds(day time.Time) bool {
	return !day.Before(s.from) && (s.until.IsZero() || day.Before(s.until))
}

func (s span) overlaps(o span) bool {
	return (o.until.IsZero() || s.from.Before(o.until)) && (s.until.IsZero() || o.from.Before(s.until))
}

func (s span) within(o span) bool {
	return !s.from.Before(o.from) && (o.until.IsZero() || (!s.until.IsZero() && !s.until.After(o.until)))
}

// decodeYAML reads exactly one YAML document without unknown or double
// fields. Anchors and aliases are refused: what is approved must read as it
// stands. The decoder is third-party code fed with a file, so a panic in it
// is an error of that file.
func decodeYAML(data []byte, into any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("not readable as YAML: %v", r)
		}
	}()
	if len(data) > maxFileBytes {
		return fmt.Errorf("larger than %d bytes", maxFileBytes)
	}
	if err := checkTokens(data); err != nil {
		return err
	}
	d := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict())
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("YAML: %w", err)
	}
	var second any
	if err := d.Decode(&second); !errors.Is(err, io.EOF) {
		return errors.New("more than one YAML document in the file")
	}
	return nil
}

// checkTokens refuses anchors, aliases, merge keys and tags, and brackets
// nested deeper than any document needs: the parser takes time in the square
// of that depth (23 seconds for 60,000 opening brackets).
func checkTokens(data []byte) error {
	depth := 0
	for _, t := range lexer.Tokenize(string(data)) {
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType, token.TagType:
			return errors.New("anchors, aliases, merge keys and tags are not allowed")
		case token.SequenceStartType, token.MappingStartType:
			if depth++; depth > maxFlowDepth {
				return fmt.Errorf("brackets nested deeper than %d", maxFlowDepth)
			}
		case token.SequenceEndType, token.MappingEndType:
			depth--
		}
	}
	return nil
}
