import { ageOf, type Part, partsOf, sentenceOf } from './readiness.js';
import { type Reading, useReadiness } from './use-readiness.js';

/** How the system is, for whoever opens its address: needs no sign-in, because it shows nothing of any organisation. */
export function SystemPage() {
  const reading = useReadiness();
  const { readiness } = reading;
  return (
    <main>
      <h1>
        <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width="28" height="28" /> Cairn
      </h1>
      <p className="sentence" role="status">
        {headlineOf(reading)}
      </p>
      {readiness && (
        <>
          <PartTable parts={partsOf(readiness)} />
          <p className="fine">
            {freshnessOf(reading)} Version {readiness.version}, environment {readiness.env}.
          </p>
        </>
      )}
      <h2>Next</h2>
      <ul>
        <li>
          Every route with its rules: <a href="/openapi.json">openapi.json</a>
        </li>
        <li>
          Your first key is in <code>.cairn/run.json</code>; <code>npm start</code> printed it, with three commands to try.
        </li>
      </ul>
    </main>
  );
}

function PartTable({ parts }: { parts: Part[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Part</th>
          <th scope="col">State</th>
          <th scope="col" className="number">
            Answers in
          </th>
        </tr>
      </thead>
      <tbody>
        {parts.map((part) => (
          <tr key={part.name}>
            <th scope="row">
              {part.name}
              <span className="fine">{part.role}</span>
            </th>
            <td className={part.state === 'down' ? 'down' : 'well'}>{part.state === 'down' ? `down: ${part.reason ?? 'no answer'}` : part.state}</td>
            <td className="number">{part.latencyMs === undefined ? '–' : `${part.latencyMs.toFixed(1)} ms`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function headlineOf({ readiness, silentSince }: Reading): string {
  if (silentSince !== undefined) return `The api has not answered since ${new Date(silentSince).toLocaleTimeString()}. Trying again.`;
  return readiness ? sentenceOf(readiness) : 'Looking at the system…';
}

function freshnessOf({ readAt, now, silentSince }: Reading): string {
  const age = ageOf(now - (readAt ?? now));
  return silentSince === undefined ? `Live, read ${age}.` : `Read ${age}, before the api went silent.`;
}
