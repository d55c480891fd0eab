// SPDX-License-Identifier: EUPL-1.2

// Package docs carries those documents that the program itself hands out, so
// that a binary and its contract cannot drift apart. It holds no code that
// decides anything. Called by adapters/httpapi, and by cmd/seinhuis for the
// register of processing activities.
package docs

import _ "embed"

//go:embed openapi.yaml
var openapi []byte

//go:embed threat-model.md
var threatModel string

// OpenAPI is the contract of the HTTP door, as YAML.
func OpenAPI() []byte { return append([]byte(nil), openapi...) }

// ThreatModel is the page of that name, as Markdown.
func ThreatModel() string { return threatModel }
