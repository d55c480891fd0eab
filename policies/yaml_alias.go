// SPDX-License-Identifier: EUPL-1.2

package policies

import (
	"errors"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// refuseAliases refuses anchors, aliases, merge keys and tags.
func refuseAliases(data []byte) error {
	for _, t := range lexer.Tokenize(string(data)) {
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType, token.TagType:
			return errors.New("anchors, aliases, merge keys and tags are not allowed")
		}
	}
	return nil
}
