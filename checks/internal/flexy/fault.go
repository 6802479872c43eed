package flexy

// A Fault is the reason why there is no trustworthy answer. Its zero value is an
// internal error.
type Fault int

const (
	FaultInternal         Fault = iota
	FaultNoSuchHost             // NXDOMAIN
	FaultDNS                    // the DNS lookup failed
	FaultConnect                // refused, unreachable
	FaultUnknownAuthority       // the server's certificate is signed by an unknown authority
	FaultHostname               // the server's certificate is for another host name
	FaultCertificate            // the server's certificate is invalid: expired, for example
	FaultTLS                    // any other TLS handshake failure
	FaultProxy                  // the proxy refused to connect
	FaultProxyUnreachable       // cannot connect to the proxy
	FaultNoSuchProxy            // NXDOMAIN for the proxy's host name
	FaultPlainHTTP              // plain http off loopback
	FaultTimeout                // no complete answer in time
	FaultTruncated              // the connection closed before the answer was complete
	FaultMalformed              // not a valid HTTP response, or its header is too large
	FaultTooLarge               // the body is larger than MaxBody
	FaultShape                  // the body is not the documented JSON
	FaultContradiction          // success and status contradict each other
	FaultHeaderLost             // MISSING_ACCESS_TOKEN although the key was sent
	FaultRedirect               // 3xx
	FaultRateLimited            // 429
	FaultServer                 // 5xx
	FaultStatus                 // any other undocumented status
	FaultInterrupted            // the run was cancelled
	FaultOutOfTime              // the time limit for all requests was reached
	FaultHeld                   // the lockout guard did not allow the key to be sent
	FaultRetryAfter             // the API asks for a wait longer than the time left
)

// StatusFault returns the fault for a status.
func StatusFault(status int) Fault {
	switch status {
	case statusTooManyRequests:
		return FaultRateLimited
	case statusInternalServerError, statusBadGateway, statusServiceUnavailable, statusGatewayTimeout:
		return FaultServer
	}
	if status/100 == 3 {
		return FaultRedirect
	}
	return FaultStatus
}

// BodyFault returns the fault for an unusable body: body if the status means
// nothing without one, and the status's fault otherwise.
func BodyFault(status int, body Fault) Fault {
	switch status {
	case StatusOK, statusBadRequest, StatusUnauthorized, statusForbidden:
		return body
	}
	return StatusFault(status)
}
