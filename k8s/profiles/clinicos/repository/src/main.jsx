import React from 'react';
import { createRoot } from 'react-dom/client';
import '@theme';
import { ClinicManagementSystem } from './clinic-management-system.jsx';

createRoot(document.getElementById('root')).render(<ClinicManagementSystem release={__RELEASE__} />);
