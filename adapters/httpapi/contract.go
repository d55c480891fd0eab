// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/goccy/go-yaml"

	"github.com/seinhuis/seinhuis/docs"
)

var errContract = errors.New("httpapi: the contract cannot be written as JSON")

// contractJSON is docs/openapi.yaml as JSON, members in their own order.
func contractJSON() ([]byte, error) {
	data, err := yaml.YAMLToJSON(docs.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errContract, err)
	}
	value := jsontext.Value(bytes.TrimSpace(data))
	if err := value.Compact(); err != nil {
		return nil, fmt.Errorf("%w: %w", errContract, err)
	}
	return value, nil
}
