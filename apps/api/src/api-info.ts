/** Title and introduction of the API's description. */
export const API_INFO = {
  title: 'Cairn',
  description:
    'Turns documents into searchable vectors for many tenants at once. Every request needs `Authorization: Bearer` with a token or an API key; errors are `application/problem+json`.',
};
