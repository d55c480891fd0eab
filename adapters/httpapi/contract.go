// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"

	"github.com/seinhuis/seinhuis/docs"
)

var errContract = errors.New("httpapi: the contract cannot be written as JSON")

// contractJSON is docs/openapi.yaml as JSON, members in their own order.
func contractJSON() ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(docs.OpenAPI(), &root); err != nil {
		return nil, fmt.Errorf("%w: %w", errContract, err)
	}
	var b bytes.Buffer
	if err := writeNode(jsontext.NewEncoder(&b), &root); err != nil {
		return nil, fmt.Errorf("%w: %w", errContract, err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

func writeNode(e *jsontext.Encoder, n *yaml.Node) error {
	switch n.Kind {
	case yaml.DocumentNode:
		return writeNode(e, n.Content[0])
	case yaml.MappingNode:
		return writeAll(e, n, jsontext.BeginObject, jsontext.EndObject)
	case yaml.SequenceNode:
		return writeAll(e, n, jsontext.BeginArray, jsontext.EndArray)
	case yaml.ScalarNode:
		return writeScalar(e, n)
	}
	return errContract // no aliases in a contract
}

func writeAll(e *jsontext.Encoder, n *yaml.Node, begin, end jsontext.Token) error {
	if err := e.WriteToken(begin); err != nil {
		return err
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			if err := e.WriteToken(jsontext.String(c.Value)); err != nil {
				return err
			}
			continue
		}
		if err := writeNode(e, c); err != nil {
			return err
		}
	}
	return e.WriteToken(end)
}

func writeScalar(e *jsontext.Encoder, n *yaml.Node) error {
	switch n.Tag {
	case "!!str":
		return e.WriteToken(jsontext.String(n.Value))
	case "!!int":
		i, err := strconv.ParseInt(n.Value, 10, 64)
		if err != nil {
			return err
		}
		return e.WriteToken(jsontext.Int(i))
	case "!!bool":
		return e.WriteToken(jsontext.Bool(n.Value == "true"))
	}
	return errContract // a date without quotes, a float, null: none belongs there
}
