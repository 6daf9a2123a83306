import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { SystemPage } from './system/system-page.js';
import './page.css';

createRoot(document.getElementById('page') as HTMLElement).render(
  <StrictMode>
    <SystemPage />
  </StrictMode>,
);
