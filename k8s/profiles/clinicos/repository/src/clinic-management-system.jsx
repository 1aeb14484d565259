import React, { useState } from 'react';

const PATIENTS = [
  { name: 'A. Okafor', time: '09:00', room: 2, reason: 'Check-up' },
  { name: 'L. Marin', time: '09:20', room: 1, reason: 'Vaccination' },
  { name: 'J. Sato', time: '09:45', room: 3, reason: 'Blood pressure' },
  { name: 'P. Novak', time: '10:10', room: 2, reason: 'Follow-up' },
];

export function ClinicManagementSystem({ release }) {
  const [seen, setSeen] = useState([]);
  const open = PATIENTS.filter(({ name }) => !seen.includes(name));
  return (
    <main>
      <header>
        <h1>ClinicOS</h1>
        <span className="release">{release}</span>
      </header>
      <section className="figures">
        <p>
          <b>{open.length}</b> waiting
        </p>
        <p>
          <b>{seen.length}</b> seen
        </p>
        <p>
          <b>3</b> rooms
        </p>
      </section>
      <ul>
        {PATIENTS.map(({ name, time, room, reason }) => (
          <li key={name} className={seen.includes(name) ? 'seen' : ''}>
            <time>{time}</time>
            <span>{name}</span>
            <span>{reason}</span>
            <span>Room {room}</span>
            <button type="button" onClick={() => setSeen([...seen, name])} disabled={seen.includes(name)}>
              Seen
            </button>
          </li>
        ))}
      </ul>
    </main>
  );
}
