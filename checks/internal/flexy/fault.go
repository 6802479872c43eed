package flexy

// A Fault is why there is no trustworthy answer. Its zero value is an internal error.
type Fault int

const (
	FaultInternal         Fault = iota
	FaultNoSuchHost             // NXDOMAIN
	FaultDNS                    // the lookup failed
	FaultConnect                // refused, unreachable
	FaultUnknownAuthority       // the server's certificate is not from a trusted authority
	FaultHostname               // the server's certificate is for another name
	FaultCertificate            // the server's certificate is invalid, for example expired
	FaultTLS                    // the handshake failed otherwise
	FaultProxy                  // the proxy refused to connect
	FaultProxyUnreachable       // no connection to the proxy
	FaultNoSuchProxy            // NXDOMAIN for the proxy's host name
	FaultPlainHTTP              // plain http to an address other than loopback
	FaultTimeout                // no complete answer in time
	FaultTruncated              // the connection was reset or closed before the answer was complete
	FaultMalformed              // the answer is not HTTP, or its header is too large
	FaultTooLarge               // the body is larger than MaxBody
	FaultShape                  // the body is not the documented JSON
	FaultContradiction          // success and status contradict each other
	FaultHeaderLost             // MISSING_ACCESS_TOKEN although the key was sent
	FaultRedirect               // 3xx
	FaultRateLimited            // 429
	FaultServer                 // 5xx
	FaultStatus                 // any other undocumented status
	FaultInterrupted            // the run was interrupted
	FaultOutOfTime              // the timeout for all requests expired
	FaultHeld                   // not sent, so that the API does not block this address
	FaultRetryAfter             // Retry-After is longer than the time left
)

// StatusFault returns the fault of an undocumented or failed status.
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

// BodyFault returns the fault of an answer with a bad body: body if the answer's meaning
// depends on the body, else the fault of the status.
func BodyFault(status int, body Fault) Fault {
	switch status {
	case StatusOK, statusBadRequest, StatusUnauthorized, statusForbidden:
		return body
	}
	return StatusFault(status)
}
