/** Of the database like CircuitIQ's, the tables without which a backup is worthless. */
export const CRITICAL = ['User', 'Diagram', 'Analysis', 'Component'];
